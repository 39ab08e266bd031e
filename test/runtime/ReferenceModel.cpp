//===- ReferenceModel.cpp - artifacts without the compiler ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "ReferenceModel.h"

#include "TestModel.h"

#include "support/Json.h"
#include "support/ShardedSafetensors.h"
#include "support/Text.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <map>

namespace tenon {

using namespace format;

namespace {

/// The kernels of ReferenceKernels.c.
struct KernelInfo {
  std::string_view name;
  uint32_t buffers, dims;
};
constexpr KernelInfo kernels[] = {{"embed", 9, 4},
                                  {"linear", 4, 4},
                                  {"attention", 5, 3},
                                  {"add_norm", 6, 1},
                                  {"norm", 5, 1}};

/// What a class's name ends with, and the task that it is for.
struct ClassInfo {
  std::string_view ending, task;
};
constexpr ClassInfo classes[] = {
    {"ForSequenceClassification", "text-classification"},
    {"ForTokenClassification", "token-classification"},
    {"ForQuestionAnswering", "question-answering"},
    {"ForMaskedLM", "fill-mask"},
    {"ForNextSentencePrediction", "next-sentence-prediction"},
    {"Model", "feature-extraction"}};

/// Writes the plan of an encoder, launch by launch. Every launch waits for the
/// one before, and a buffer lives from the launch that makes it to the last
/// that reads it.
class Builder {
public:
  Builder(const Json &config, const ShardedSafetensors &weights)
      : config_(config), weights_(weights), model_(TENON_REFERENCE_KERNELS) {}

  Result<TestModel> run();

private:
  PlanBuilder &plan() { return model_.plan; }
  uint32_t number(int64_t value) { return plan().constantDim(value); }
  int64_t setting(const char *bert, const char *distil) {
    return config_.value(distilbert_ ? distil : bert, int64_t(0));
  }

  /// A weight by its path in the base model, or by its whole path.
  Arg weight(const std::string &path);
  bool has(const std::string &path) const;
  /// Row `index` of a matrix, or element `index` of a vector.
  Arg part(const std::string &path, int64_t index);
  Arg zeros(const std::string &name, std::vector<int64_t> shape);
  int64_t sizeOf(const std::string &path, size_t axis);

  /// A new buffer of `floats` elements for the next launch to write.
  Arg buffer(uint32_t floats);
  void launch(std::string_view kernel, std::vector<Arg> args,
              std::vector<uint32_t> dims, uint32_t grid);
  Arg output(const char *name, std::vector<uint32_t> shape);
  Arg linear(Arg x, const std::string &path, int64_t activation, uint32_t rows,
             uint32_t stride, std::optional<Arg> out = {});
  Arg norm(Arg x, Arg residual, const std::string &path,
           std::optional<Arg> out = {});
  Arg layer(Arg x, int64_t index, std::optional<Arg> out);
  /// What the class that `task` is for has behind the encoder.
  void head(std::string_view task, Arg x);
  void questionAnswering(Arg x);
  void maskedLM(Arg x);
  int64_t activation() const;

  const Json &config_;
  const ShardedSafetensors &weights_;
  TestModel model_;
  EntrySpec entry_;
  bool distilbert_ = false;
  std::string prefix_;
  int64_t width_ = 0;
  uint32_t b_ = 0, s_ = 0, rows_ = 0, states_ = 0;
  Arg eps_{}, mask_{};
  std::vector<std::string> missing_;
  std::map<std::string, Arg> known_;
};

const SafetensorsInfo *findTensor(const ShardedSafetensors &weights,
                                  const std::string &prefix,
                                  const std::string &path,
                                  const ShardedSafetensors::Entry **entry) {
  for (const std::string &name : {prefix + path, path})
    if ((*entry = weights.find(name)))
      return (*entry)->info;
  return nullptr;
}

bool Builder::has(const std::string &path) const {
  const ShardedSafetensors::Entry *entry;
  return findTensor(weights_, prefix_, path, &entry) != nullptr;
}

Arg Builder::weight(const std::string &path) {
  auto [at, isNew] = known_.try_emplace(path, Arg{ArgKind::Constant, 0});
  if (!isNew)
    return at->second;
  const ShardedSafetensors::Entry *entry;
  const SafetensorsInfo *info = findTensor(weights_, prefix_, path, &entry);
  if (!info || info->type != SafetensorsType::F32) {
    missing_.push_back(path);
    return at->second;
  }
  std::vector<float> values(info->size / sizeof(float));
  std::memcpy(values.data(), entry->data().data(), info->size);
  at->second.index = model_.addConstant(path, info->shape, values);
  return at->second;
}

Arg Builder::part(const std::string &path, int64_t index) {
  const ShardedSafetensors::Entry *entry;
  const SafetensorsInfo *info = findTensor(weights_, prefix_, path, &entry);
  if (!info || info->type != SafetensorsType::F32 || index >= info->shape[0]) {
    missing_.push_back(path);
    return {ArgKind::Constant, 0};
  }
  uint64_t size = info->size / info->shape[0];
  std::vector<float> values(size / sizeof(float));
  std::memcpy(values.data(), entry->data().data() + index * size, size);
  return {ArgKind::Constant,
          model_.addConstant(concat(path, "[", index, "]"),
                             {1, int64_t(values.size())}, values)};
}

Arg Builder::zeros(const std::string &name, std::vector<int64_t> shape) {
  std::vector<float> values(shape[0] * shape[1]);
  return {ArgKind::Constant, model_.addConstant(name, shape, values)};
}

int64_t Builder::sizeOf(const std::string &path, size_t axis) {
  const ShardedSafetensors::Entry *entry;
  const SafetensorsInfo *info = findTensor(weights_, prefix_, path, &entry);
  return info && axis < info->shape.size() ? info->shape[axis] : 1;
}

Arg Builder::buffer(uint32_t floats) {
  uint32_t now = static_cast<uint32_t>(entry_.launches.size());
  entry_.buffers.push_back({plan().mul(floats, number(4)), now, now, 0});
  return {ArgKind::Buffer, static_cast<uint32_t>(entry_.buffers.size() - 1)};
}

void Builder::launch(std::string_view kernel, std::vector<Arg> args,
                     std::vector<uint32_t> dims, uint32_t grid) {
  uint32_t index = 0;
  while (kernels[index].name != kernel)
    ++index;
  uint32_t now = static_cast<uint32_t>(entry_.launches.size());
  for (const Arg &arg : args)
    if (arg.kind == ArgKind::Buffer)
      entry_.buffers[arg.index].last = now;
  entry_.launches.push_back({index,
                             true,
                             std::move(args),
                             std::move(dims),
                             {{grid, plan().mul(s_, number(4))}},
                             concat(kernel, "#", now),
                             states_,
                             states_});
}

Arg Builder::output(const char *name, std::vector<uint32_t> shape) {
  entry_.outputs.push_back({name, DType::F32, std::move(shape)});
  return {ArgKind::Output, static_cast<uint32_t>(entry_.outputs.size() - 1)};
}

Arg Builder::linear(Arg x, const std::string &path, int64_t activation,
                    uint32_t rows, uint32_t stride, std::optional<Arg> out) {
  int64_t n = sizeOf(path + ".weight", 0), k = sizeOf(path + ".weight", 1);
  Arg weights = weight(path + ".weight"), bias = weight(path + ".bias");
  Arg result = out ? *out : buffer(plan().mul(rows, number(n)));
  launch("linear", {x, weights, bias, result},
         {number(n), number(k), number(activation), stride}, rows);
  return result;
}

Arg Builder::norm(Arg x, Arg residual, const std::string &path,
                  std::optional<Arg> out) {
  Arg gamma = weight(path + ".weight"), beta = weight(path + ".bias");
  Arg result = out ? *out : buffer(states_);
  launch("add_norm", {x, residual, gamma, beta, eps_, result}, {number(width_)},
         rows_);
  return result;
}

int64_t Builder::activation() const {
  std::string name =
      config_.value(distilbert_ ? "activation" : "hidden_act", "gelu");
  for (auto [kind, known] :
       {std::pair{1, "gelu"}, {2, "relu"}, {3, "silu"}, {5, "tanh"}})
    if (name == known)
      return kind;
  return 4;
}

Arg Builder::layer(Arg x, int64_t index, std::optional<Arg> out) {
  std::string at = distilbert_ ? concat("transformer.layer.", index, ".")
                               : concat("encoder.layer.", index, ".");
  auto name = [&](const char *bert, const char *distil) {
    return at + (distilbert_ ? distil : bert);
  };
  uint32_t stride = number(width_);
  Arg q = linear(x, name("attention.self.query", "attention.q_lin"), 0, rows_,
                 stride);
  Arg k = linear(x, name("attention.self.key", "attention.k_lin"), 0, rows_,
                 stride);
  Arg v = linear(x, name("attention.self.value", "attention.v_lin"), 0, rows_,
                 stride);
  int64_t heads = setting("num_attention_heads", "n_heads");
  Arg mixed = buffer(states_);
  launch("attention", {q, k, v, mask_, mixed},
         {s_, number(width_), number(heads)}, plan().mul(b_, number(heads)));
  Arg attended =
      linear(mixed, name("attention.output.dense", "attention.out_lin"), 0,
             rows_, stride);
  Arg middle =
      norm(attended, x, name("attention.output.LayerNorm", "sa_layer_norm"));
  Arg wide = linear(middle, name("intermediate.dense", "ffn.lin1"),
                    activation(), rows_, stride);
  int64_t inner = setting("intermediate_size", "hidden_dim");
  Arg narrow =
      linear(wide, name("output.dense", "ffn.lin2"), 0, rows_, number(inner));
  return norm(narrow, middle, name("output.LayerNorm", "output_layer_norm"),
              out);
}

void Builder::questionAnswering(Arg x) {
  for (int64_t index : {0, 1}) {
    Arg logits = output(index ? "end_logits" : "start_logits", {b_, s_});
    launch("linear",
           {x, part("qa_outputs.weight", index), part("qa_outputs.bias", index),
            logits},
           {number(1), number(width_), number(0), number(width_)}, rows_);
  }
}

void Builder::maskedLM(Arg x) {
  std::string at = distilbert_ ? "vocab_" : "cls.predictions.transform.";
  std::string norm = at + (distilbert_ ? "layer_norm" : "LayerNorm");
  Arg wide = linear(x, at + (distilbert_ ? "transform" : "dense"), activation(),
                    rows_, number(width_));
  Arg gamma = weight(norm + ".weight"), beta = weight(norm + ".bias");
  Arg normal = buffer(states_);
  launch("norm", {wide, gamma, beta, eps_, normal}, {number(width_)}, rows_);
  std::string decoder =
      distilbert_ ? "vocab_projector.weight" : "cls.predictions.decoder.weight";
  if (!has(decoder))
    decoder = "embeddings.word_embeddings.weight";
  uint32_t words = number(sizeOf(decoder, 0));
  launch("linear",
         {normal, weight(decoder),
          weight(distilbert_ ? "vocab_projector.bias" : "cls.predictions.bias"),
          output("logits", {b_, s_, words})},
         {words, number(width_), number(0), number(width_)}, rows_);
}

void Builder::head(std::string_view task, Arg x) {
  uint32_t firstToken = plan().mul(s_, number(width_));
  auto pooled = [&] {
    return distilbert_ ? linear(x, "pre_classifier", 2, b_, firstToken)
                       : linear(x, "pooler.dense", 5, b_, firstToken);
  };
  auto classify = [&](Arg states, const std::string &path, bool perToken) {
    uint32_t labels = number(sizeOf(path + ".weight", 0));
    std::vector<uint32_t> shape = {b_, labels};
    if (perToken)
      shape = {b_, s_, labels};
    linear(states, path, 0, perToken ? rows_ : b_, number(width_),
           output("logits", std::move(shape)));
  };
  if (task == "text-classification")
    classify(pooled(), "classifier", false);
  else if (task == "next-sentence-prediction")
    classify(pooled(), "cls.seq_relationship", false);
  else if (task == "token-classification")
    classify(x, "classifier", true);
  else if (task == "question-answering")
    questionAnswering(x);
  else if (task == "fill-mask")
    maskedLM(x);
}

Result<TestModel> Builder::run() {
  distilbert_ = config_.value("model_type", "") == "distilbert";
  std::string architecture = config_["architectures"][0];
  auto known = std::find_if(
      std::begin(classes), std::end(classes),
      [&](const ClassInfo &c) { return architecture.ends_with(c.ending); });
  if (known == std::end(classes))
    return Status::invalid("config.json",
                           concat("no class ", quote(architecture)));
  prefix_ = distilbert_ ? "distilbert." : "bert.";
  width_ = setting("hidden_size", "dim");
  int64_t positions = config_.value("max_position_embeddings", int64_t(512));
  int64_t vocabulary = sizeOf("embeddings.word_embeddings.weight", 0);

  b_ = plan().symbolDim(plan().addSymbol("B", 1, 64, 1));
  s_ = plan().symbolDim(plan().addSymbol("S", 1, positions, positions));
  rows_ = plan().mul(b_, s_);
  states_ = plan().mul(rows_, number(width_));
  plan().addVariant("x86-64", "sse2");
  for (const KernelInfo &kernel : kernels)
    plan().addKernel(std::string(kernel.name), kernel.buffers, kernel.dims);
  eps_ = {ArgKind::Constant,
          model_.addConstant("eps", {1},
                             {config_.value("layer_norm_eps", 1e-12f)})};

  entry_.name = "forward";
  std::vector<uint32_t> ids = {b_, s_};
  entry_.inputs = {{"input_ids",
                    DType::I64,
                    ids,
                    DefaultKind::Required,
                    0,
                    {{0, vocabulary - 1}}},
                   {"attention_mask", DType::I64, ids, DefaultKind::Fill, 1}};
  mask_ = {ArgKind::Input, 1};
  Arg types{ArgKind::Input, 0}, kinds;
  int64_t kindRows = config_.value("type_vocab_size", int64_t(2));
  if (distilbert_) {
    kindRows = 1;
    kinds = zeros("no token types", {1, width_});
  } else {
    entry_.inputs.push_back({"token_type_ids",
                             DType::I64,
                             ids,
                             DefaultKind::Fill,
                             0,
                             {{0, kindRows - 1}}});
    types = {ArgKind::Input, 2};
    kinds = weight("embeddings.token_type_embeddings.weight");
  }
  Arg words = weight("embeddings.word_embeddings.weight");
  Arg places = weight("embeddings.position_embeddings.weight");
  Arg gamma = weight("embeddings.LayerNorm.weight");
  Arg beta = weight("embeddings.LayerNorm.bias");
  Arg x = buffer(states_);
  launch(
      "embed",
      {{ArgKind::Input, 0}, types, words, kinds, places, gamma, beta, eps_, x},
      {s_, number(width_), number(vocabulary), number(kindRows)}, rows_);

  bool isBase = known->task == "feature-extraction";
  std::optional<Arg> states;
  if (isBase)
    states = output("last_hidden_state", {b_, s_, number(width_)});
  int64_t layers = setting("num_hidden_layers", "n_layers");
  for (int64_t i = 0; i < layers; ++i)
    x = layer(x, i, i + 1 == layers ? states : std::nullopt);
  head(known->task, x);
  if (!missing_.empty())
    return Status::invalid("weights",
                           concat(quote(missing_[0]), " isn't there in f32"));
  plan().addEntry(std::move(entry_));
  model_.manifest.family = distilbert_ ? "distilbert" : "bert";
  model_.manifest.architecture = architecture;
  model_.manifest.task = known->task;
  return std::move(model_);
}

} // namespace

Status buildReferenceModel(const std::string &checkpoint,
                           const std::string &output) {
  TENON_ASSIGN_OR_RETURN(std::string text,
                         readFile(checkpoint + "/config.json", 1 << 20));
  TENON_ASSIGN_OR_RETURN(Json config, parseJson(text, "config.json"));
  TENON_ASSIGN_OR_RETURN(auto weights, ShardedSafetensors::openFile(
                                           checkpoint + "/model.safetensors"));
  TENON_ASSIGN_OR_RETURN(TestModel model, Builder(config, weights).run());
  for (const char *name :
       {"config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
        "special_tokens_map.json", "modules.json", "1_Pooling/config.json",
        "sentence_bert_config.json", "config_sentence_transformers.json"}) {
    std::string path = checkpoint + "/" + name;
    if (!std::filesystem::exists(path))
      continue;
    TENON_ASSIGN_OR_RETURN(std::string contents, readFile(path, 1 << 24));
    model.assets.push_back({name, std::move(contents)});
    if (std::string_view(name) == "modules.json")
      model.manifest.task = "sentence-embedding";
  }
  return model.write(output);
}

} // namespace tenon
