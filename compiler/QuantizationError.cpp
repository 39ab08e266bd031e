//===- QuantizationError.cpp - what fewer bits cost -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/QuantizationError.h"

#include "compiler/OutputDistance.h"
#include "compiler/SampleFiles.h"
#include "runtime/generation/Perplexity.h"
#include "runtime/generation/SessionModel.h"
#include "support/Text.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <map>

using namespace tenon;
using namespace mlir;

namespace {
/// A model opened for samples.
struct Opened {
  TemporaryArtifact file;
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<runtime::Session> session;

  Status open(Compilation &compilation,
              const std::shared_ptr<runtime::Instance> &instance);
};
} // namespace

Status Opened::open(Compilation &compilation,
                    const std::shared_ptr<runtime::Instance> &instance) {
  TENON_RETURN_IF_ERROR(compilation.writeArtifact(file.path()));
  TENON_ASSIGN_OR_RETURN(model,
                         runtime::Model::open(instance, file.path(), {}));
  TENON_ASSIGN_OR_RETURN(session, runtime::Session::create(model));
  return Status::ok();
}

namespace {
/// A model and the same one in fp32, run side by side.
class Comparison {
public:
  Status open(Compilation &quantized, Compilation &fp32);
  /// Runs all entries without states on random inputs.
  Status addRandom(ModuleOp module, const SampleOptions &options);
  /// Runs those that the samples of files are for.
  Status addFiles(const std::vector<std::string> &paths);

  std::string render() const;

private:
  std::string renderPerplexity() const;
  Status run(const std::string &entry,
             std::span<const runtime::InputTensor> inputs);
  Status add(const SampleInputs &sample);
  /// Finds what the model's labels are, and whether it continues tokens.
  Status findKind();
  RowKind kindOf(const format::Port &output) const;
  /// How well both models know the tokens of a sample, if they are of texts.
  Status score(const SampleInputs &sample);

  Opened actual, expected;
  std::map<std::string, OutputDistance> distances; ///< By entry and output.
  size_t samples = 0;
  bool areRandom = false;

  size_t labels = 0; ///< That answers are; 0 for none.
  RowKind labelKind = RowKind::OneLabel;

  bool continuesTokens = false;
  size_t scored = 0; ///< Tokens, and the sums of their log probabilities.
  double expectedSum = 0, actualSum = 0;
};
} // namespace

Status Comparison::open(Compilation &quantized, Compilation &fp32) {
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  TENON_RETURN_IF_ERROR(actual.open(quantized, instance));
  TENON_RETURN_IF_ERROR(expected.open(fp32, instance));
  return findKind();
}

Status Comparison::findKind() {
  const std::string &path = expected.file.path();
  continuesTokens =
      generation::SessionModel::check(expected.model->plan(), path).isOk();
  heads::ModelFiles files(expected.model);
  TENON_ASSIGN_OR_RETURN(const Json *config, files.config());
  auto names = heads::Labels::parse(*config);
  auto problem = config->find("problem_type");
  bool hasProblem = problem != config->end() && problem->is_string();
  // What is wrong with labels is for who asks for answers to hear.
  if (!names || (hasProblem && *problem == "regression"))
    return Status::ok();
  labels = names->names.size();
  if (hasProblem && *problem == "multi_label_classification")
    labelKind = RowKind::EachLabel;
  return Status::ok();
}

RowKind Comparison::kindOf(const format::Port &output) const {
  const runtime::Plan &plan = expected.model->plan();
  if (plan.text(output.name).find("logits") == std::string_view::npos ||
      !output.dims.count)
    return RowKind::Numbers;
  const format::DimNode &last = plan.dims()[plan.dimList(output.dims).back()];
  bool areLabels = last.op == format::DimOp::Constant &&
                   last.value == static_cast<int64_t>(labels);
  return areLabels ? labelKind : RowKind::Logits;
}

/// The sequences of tokens in a sample, without what its mask leaves out.
static std::vector<std::vector<int32_t>> tokensOf(const SampleInputs &sample) {
  const int64_t *ids = nullptr, *mask = nullptr;
  std::span<const int64_t> shape, maskShape;
  auto tensors = sample.tensors();
  for (const runtime::InputTensor &tensor : tensors) {
    if (tensor.type != format::DType::I64 || tensor.shape.size() != 2)
      continue;
    auto *data = static_cast<const int64_t *>(tensor.data);
    if (tensor.name == "input_ids")
      ids = data, shape = tensor.shape;
    if (tensor.name == "attention_mask")
      mask = data, maskShape = tensor.shape;
  }
  std::vector<std::vector<int32_t>> rows;
  if (!ids)
    return rows;
  bool isMasked = mask && std::ranges::equal(shape, maskShape);
  for (int64_t row = 0; row < shape[0]; ++row) {
    std::vector<int32_t> &tokens = rows.emplace_back();
    for (int64_t i = row * shape[1]; i < (row + 1) * shape[1]; ++i)
      if (!isMasked || mask[i])
        tokens.push_back(static_cast<int32_t>(ids[i]));
  }
  return rows;
}

/// The log probabilities of tokens; NaN where nothing comes before one.
static Result<std::vector<float>>
logProbabilities(runtime::Session &session, std::span<const int32_t> tokens) {
  TENON_ASSIGN_OR_RETURN(auto model, generation::SessionModel::create(session));
  TENON_ASSIGN_OR_RETURN(auto score, generation::scoreText(*model, tokens));
  return std::move(score.logProbabilities);
}

Status Comparison::score(const SampleInputs &sample) {
  for (const std::vector<int32_t> &tokens : tokensOf(sample)) {
    if (tokens.size() < 2)
      continue; // Nothing follows anything.
    TENON_ASSIGN_OR_RETURN(auto fp32,
                           logProbabilities(*expected.session, tokens));
    TENON_ASSIGN_OR_RETURN(auto quantized,
                           logProbabilities(*actual.session, tokens));
    // The same tokens for both: where only fewer bits give no number, the
    // perplexity is none.
    for (size_t i = 0; i < fp32.size(); ++i)
      if (!std::isnan(fp32[i])) {
        expectedSum += fp32[i];
        actualSum += quantized[i];
        ++scored;
      }
  }
  return Status::ok();
}

Status Comparison::run(const std::string &entry,
                       std::span<const runtime::InputTensor> inputs) {
  TENON_ASSIGN_OR_RETURN(uint32_t expectedEntry,
                         expected.session->findEntry(entry));
  TENON_ASSIGN_OR_RETURN(uint32_t actualEntry,
                         actual.session->findEntry(entry));
  TENON_ASSIGN_OR_RETURN(auto fp32,
                         expected.session->run(expectedEntry, inputs));
  TENON_ASSIGN_OR_RETURN(auto quantized,
                         actual.session->run(actualEntry, inputs));
  const runtime::Plan &plan = expected.model->plan();
  auto ports = plan.outputs(plan.entries()[expectedEntry]);
  for (size_t i = 0; i < fp32.size(); ++i) {
    if (fp32[i].type != format::DType::F32)
      continue;
    std::string name(fp32[i].name);
    size_t row = fp32[i].shape.empty() ? 1 : fp32[i].shape.back();
    distances[concat(entry, " ", name)].add(
        fp32[i].floats(), quantized[i].floats(), row, kindOf(ports[i]));
  }
  return Status::ok();
}

Status Comparison::addRandom(ModuleOp module, const SampleOptions &options) {
  SymbolValues dims = typicalDims(module);
  std::mt19937_64 random(options.seed);
  areRandom = true;
  samples = options.count;
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (!entry->hasAttr("tenon.entry") ||
        llvm::any_of(entry.getArgumentTypes(), llvm::IsaPred<StateType>))
      continue;
    for (unsigned i = 0; i < options.count; ++i) {
      TENON_ASSIGN_OR_RETURN(SampleInputs inputs,
                             SampleInputs::make(module, entry, dims, random));
      TENON_RETURN_IF_ERROR(run(entry.getName().str(), inputs.tensors()));
    }
  }
  return Status::ok();
}

Status Comparison::addFiles(const std::vector<std::string> &paths) {
  TENON_ASSIGN_OR_RETURN(auto files, findSampleFiles(paths));
  SampleReader reader(expected.model);
  for (const std::string &file : files)
    TENON_RETURN_IF_ERROR(
        reader.read(file, [&](SampleInputs &sample) { return add(sample); }));
  return Status::ok();
}

Status Comparison::add(const SampleInputs &sample) {
  const runtime::Plan &plan = expected.model->plan();
  ++samples;
  for (uint32_t entry : entriesFor(plan, sample)) {
    Status ran = run(std::string(plan.text(plan.entries()[entry].name)),
                     tensorsFor(plan, entry, sample));
    if (!ran.isOk())
      return Status::invalid(sample.origin, ran.message());
  }
  return continuesTokens ? score(sample) : Status::ok();
}

std::string Comparison::renderPerplexity() const {
  if (!continuesTokens)
    return "";
  if (areRandom)
    return "perplexity: of random tokens it says nothing; give texts by "
           "--inputs-from\n";
  if (!scored)
    return "perplexity: no sample has two tokens\n";
  double count = static_cast<double>(scored);
  double before = std::exp(-expectedSum / count);
  double after = std::exp(-actualSum / count);
  char line[100];
  std::snprintf(line, sizeof(line), "perplexity %.5g, fp32 %.5g: %+.2g%%, of ",
                after, before, 100 * (after / before - 1));
  return concat(line, plural(scored, "token"), "\n");
}

std::string Comparison::render() const {
  std::string text =
      concat("against fp32, ",
             areRandom ? concat(samples, " random samples of the usual sizes")
                       : plural(samples, "sample"),
             ":\noutput                       max error mean error  same best  "
             "       KL\n");
  for (const auto &[name, distance] : distances)
    text += distance.render(name);
  for (const auto &[name, distance] : distances)
    text += distance.renderLabels();
  return text + renderPerplexity();
}

Result<std::string> tenon::compareWithFp32(Compilation &quantized,
                                           Compilation &fp32,
                                           const SampleOptions &options) {
  Comparison comparison;
  TENON_RETURN_IF_ERROR(comparison.open(quantized, fp32));
  TENON_RETURN_IF_ERROR(options.compared().empty()
                            ? comparison.addRandom(quantized.module(), options)
                            : comparison.addFiles(options.compared()));
  return comparison.render();
}

void tenon::addSampleOptions(CLI::App &app, SampleOptions &options) {
  app.add_option("--samples", options.count,
                 "random inputs to compare a quantized model with fp32 on "
                 "(default 8)");
  app.add_option(
      "--inputs-from", options.files,
      "inputs to compare it on instead: files or folders of tensors "
      "as for `tenon run` (safetensors), of texts (.txt, .jsonl; one "
      "a line) or of images (repeatable)");
  app.add_option("--calibrate", options.calibration,
                 "with --quantize int8: find fixed scales of activations on "
                 "such inputs (repeatable)");
}

int tenon::reportAgainstFp32(Compilation &quantized, SourceOptions source,
                             const SampleOptions &options) {
  std::string mode =
      source.precision.empty()
          ? std::exchange(source.compilation.pipeline.quantization, "")
          : std::exchange(source.precision, "");
  // Its kernels are others, some by the same names.
  source.compilation.pipeline.backend.scheduleFile.clear();
  int exitStatus = 0;
  auto fp32 = source.load(exitStatus);
  if (!fp32)
    return exitStatus;
  auto text = compareWithFp32(quantized, *fp32, options);
  return tool::finish(text ? tool::print(concat(mode, " ", *text))
                           : text.takeStatus());
}
