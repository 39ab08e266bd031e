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

#include <cstring>
#include <filesystem>

namespace tenon {

using namespace format;

namespace {

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
  Arg zeros(const std::string &name, std::vector<int64_t> shape);
  int64_t sizeOf(const std::string &path, size_t axis);

  /// A new buffer of `floats` elements for the next launch to write.
  Arg buffer(uint32_t floats);
  void launch(const char *kernel, std::vector<Arg> args,
              std::vector<uint32_t> dims, uint32_t grid);
  Arg linear(Arg x, const std::string &path, int64_t activation, uint32_t rows,
             uint32_t stride, std::optional<Arg> out = {});
  Arg norm(Arg x, Arg residual, const std::string &path,
           std::optional<Arg> out = {});
  Arg layer(Arg x, int64_t index, std::optional<Arg> out);
  int64_t activation() const;

  const Json &config_;
  const ShardedSafetensors &weights_;
  TestModel model_;
  EntrySpec entry_;
  bool distilbert_ = false, classifier_ = false;
  std::string prefix_;
  int64_t width_ = 0;
  uint32_t b_ = 0, s_ = 0, rows_ = 0, states_ = 0;
  Arg eps_{}, mask_{};
  std::vector<std::string> missing_;
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

Arg Builder::weight(const std::string &path) {
  const ShardedSafetensors::Entry *entry;
  const SafetensorsInfo *info = findTensor(weights_, prefix_, path, &entry);
  if (!info || info->type != SafetensorsType::F32) {
    missing_.push_back(path);
    return {ArgKind::Constant, 0};
  }
  std::vector<float> values(info->size / sizeof(float));
  std::memcpy(values.data(), entry->data().data(), info->size);
  return {ArgKind::Constant, model_.addConstant(path, info->shape, values)};
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

void Builder::launch(const char *kernel, std::vector<Arg> args,
                     std::vector<uint32_t> dims, uint32_t grid) {
  static const std::vector<std::pair<std::string, uint32_t>> kernels = {
      {"embed", 9}, {"linear", 4}, {"attention", 5}, {"add_norm", 6}};
  uint32_t index = 0;
  while (kernels[index].first != kernel)
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
  return name == "gelu" ? 1 : name == "relu" ? 2 : name == "silu" ? 3 : 4;
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

Result<TestModel> Builder::run() {
  distilbert_ = config_.value("model_type", "") == "distilbert";
  std::string architecture = config_["architectures"][0];
  classifier_ = architecture.ends_with("ForSequenceClassification");
  prefix_ = distilbert_ ? "distilbert." : "bert.";
  width_ = setting("hidden_size", "dim");
  int64_t positions = config_.value("max_position_embeddings", int64_t(512));
  int64_t vocabulary = sizeOf("embeddings.word_embeddings.weight", 0);

  b_ = plan().symbolDim(plan().addSymbol("B", 1, 64, 1));
  s_ = plan().symbolDim(plan().addSymbol("S", 1, positions, positions));
  rows_ = plan().mul(b_, s_);
  states_ = plan().mul(rows_, number(width_));
  plan().addVariant("x86-64", "sse2");
  for (auto [kernel, buffers, dims] : {std::tuple{"embed", 9, 4},
                                       {"linear", 4, 4},
                                       {"attention", 5, 3},
                                       {"add_norm", 6, 1}})
    plan().addKernel(kernel, buffers, dims);
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

  int64_t layers = setting("num_hidden_layers", "n_layers");
  for (int64_t i = 0; i < layers; ++i) {
    bool isLast = i + 1 == layers && !classifier_;
    x = layer(x, i,
              isLast ? std::optional(Arg{ArgKind::Output, 0}) : std::nullopt);
  }
  uint32_t firstToken = plan().mul(s_, number(width_));
  if (classifier_) {
    Arg pooled = distilbert_ ? linear(x, "pre_classifier", 2, b_, firstToken)
                             : linear(x, "pooler.dense", 5, b_, firstToken);
    int64_t labels = sizeOf("classifier.weight", 0);
    entry_.outputs = {{"logits", DType::F32, {b_, number(labels)}}};
    linear(pooled, "classifier", 0, b_, number(width_),
           Arg{ArgKind::Output, 0});
  } else {
    entry_.outputs = {
        {"last_hidden_state", DType::F32, {b_, s_, number(width_)}}};
  }
  if (!missing_.empty())
    return Status::invalid("weights",
                           concat(quote(missing_[0]), " isn't there in f32"));
  plan().addEntry(std::move(entry_));
  model_.manifest.family = distilbert_ ? "distilbert" : "bert";
  model_.manifest.architecture = architecture;
  model_.manifest.task =
      classifier_ ? "text-classification" : "feature-extraction";
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
