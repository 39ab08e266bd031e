//===- QuantizationError.cpp - what fewer bits cost -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/QuantizationError.h"

#include "compiler/SampleFiles.h"
#include "support/Text.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <map>

using namespace tenon;
using namespace mlir;

namespace {
/// How far two outputs lie apart, over all samples.
class Distance {
public:
  void add(std::span<const float> expected, std::span<const float> actual,
           size_t row, bool areLogits);

  std::string render(const std::string &name) const;

private:
  void addRow(std::span<const float> expected, std::span<const float> actual);

  double largest = 0, sum = 0;           ///< Of the expected magnitudes.
  double largestError = 0, errorSum = 0; ///< Of the differences.
  size_t rows = 0, agreeing = 0;
  double divergence = 0;
};

/// A model opened for samples.
struct Opened {
  TemporaryArtifact file;
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<runtime::Session> session;

  Status open(Compilation &compilation,
              const std::shared_ptr<runtime::Instance> &instance);
};
} // namespace

void Distance::add(std::span<const float> expected,
                   std::span<const float> actual, size_t row, bool areLogits) {
  for (size_t i = 0; i < expected.size(); ++i) {
    double x = expected[i], d = std::abs(x - actual[i]);
    // Fills as large as a float gets, and what is infinite, set no scale.
    if (!(std::abs(x) < 1e37) || std::isnan(d))
      continue;
    largest = std::max(largest, std::abs(x));
    sum += std::abs(x);
    largestError = std::max(largestError, d);
    errorSum += d;
  }
  if (areLogits && row > 1)
    for (size_t i = 0; i + row <= expected.size(); i += row)
      addRow(expected.subspan(i, row), actual.subspan(i, row));
}

/// log(sum(exp(x))), and where the largest is.
static std::pair<double, size_t> logSum(std::span<const float> x) {
  size_t top = std::max_element(x.begin(), x.end()) - x.begin();
  double sum = 0;
  for (float value : x)
    sum += std::exp(double(value) - x[top]);
  return {std::log(sum) + x[top], top};
}

void Distance::addRow(std::span<const float> expected,
                      std::span<const float> actual) {
  auto [expectedSum, expectedTop] = logSum(expected);
  auto [actualSum, actualTop] = logSum(actual);
  ++rows;
  agreeing += expectedTop == actualTop;
  for (size_t i = 0; i < expected.size(); ++i) {
    double p = expected[i] - expectedSum, q = actual[i] - actualSum;
    if (double term = std::exp(p) * (p - q); std::isfinite(term))
      divergence += term;
  }
}

std::string Distance::render(const std::string &name) const {
  char line[200];
  int used = std::snprintf(line, sizeof(line), "%-28s %9.2g  %9.2g",
                           name.c_str(), largest ? largestError / largest : 0,
                           sum ? errorSum / sum : 0);
  std::string text(line, used);
  if (rows) {
    std::snprintf(line, sizeof(line), "  %8.2f%%  %9.2g",
                  100.0 * double(agreeing) / double(rows),
                  divergence / double(rows));
    text += line;
  }
  return text + "\n";
}

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
  Status run(const std::string &entry,
             std::span<const runtime::InputTensor> inputs);
  Status add(const SampleInputs &sample);

  Opened actual, expected;
  std::map<std::string, Distance> distances; ///< By entry and output.
  size_t samples = 0;
  bool areRandom = false;
};
} // namespace

Status Comparison::open(Compilation &quantized, Compilation &fp32) {
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  TENON_RETURN_IF_ERROR(actual.open(quantized, instance));
  return expected.open(fp32, instance);
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
  for (size_t i = 0; i < fp32.size(); ++i) {
    if (fp32[i].type != format::DType::F32)
      continue;
    std::string name(fp32[i].name);
    size_t row = fp32[i].shape.empty() ? 1 : fp32[i].shape.back();
    distances[concat(entry, " ", name)].add(
        fp32[i].floats(), quantized[i].floats(), row,
        name.find("logits") != std::string::npos);
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
  return Status::ok();
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
  return text;
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
  int exitStatus = 0;
  auto fp32 = source.load(exitStatus);
  if (!fp32)
    return exitStatus;
  auto text = compareWithFp32(quantized, *fp32, options);
  return tool::finish(text ? tool::print(concat(mode, " ", *text))
                           : text.takeStatus());
}
