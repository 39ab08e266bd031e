//===- QuantizationError.cpp - what fewer bits cost -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/QuantizationError.h"

#include "compiler/SampleInputs.h"
#include "support/Safetensors.h"
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
  TENON_ASSIGN_OR_RETURN(auto model,
                         runtime::Model::open(instance, file.path(), {}));
  TENON_ASSIGN_OR_RETURN(session, runtime::Session::create(model));
  return Status::ok();
}

/// Runs an entry of both models on one sample.
static Status compareEntry(Opened &fp32, Opened &quantized,
                           const std::string &entry,
                           std::span<const runtime::InputTensor> inputs,
                           std::map<std::string, Distance> &distances) {
  TENON_ASSIGN_OR_RETURN(uint32_t expectedEntry,
                         fp32.session->findEntry(entry));
  TENON_ASSIGN_OR_RETURN(uint32_t actualEntry,
                         quantized.session->findEntry(entry));
  TENON_ASSIGN_OR_RETURN(auto expected,
                         fp32.session->run(expectedEntry, inputs));
  TENON_ASSIGN_OR_RETURN(auto actual,
                         quantized.session->run(actualEntry, inputs));
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].type != format::DType::F32)
      continue;
    std::string name(expected[i].name);
    size_t row = expected[i].shape.empty() ? 1 : expected[i].shape.back();
    distances[concat(entry, " ", name)].add(
        expected[i].floats(), actual[i].floats(), row,
        name.find("logits") != std::string::npos);
  }
  return Status::ok();
}

Result<std::string> tenon::compareWithFp32(Compilation &quantized,
                                           Compilation &fp32,
                                           const SampleOptions &options) {
  Opened actual, expected;
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  TENON_RETURN_IF_ERROR(actual.open(quantized, instance));
  TENON_RETURN_IF_ERROR(expected.open(fp32, instance));
  std::map<std::string, Distance> distances;
  ModuleOp module = quantized.module();
  SymbolValues dims = typicalDims(module);
  std::mt19937_64 random(options.seed);
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (!entry->hasAttr("tenon.entry") ||
        llvm::any_of(entry.getArgumentTypes(), llvm::IsaPred<StateType>))
      continue;
    std::string name = entry.getName().str();
    for (const std::string &path : options.files) {
      TENON_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
      std::vector<runtime::InputTensor> inputs;
      std::vector<std::vector<uint8_t>> copies; // Data in files aren't aligned.
      for (const SafetensorsInfo &info : file.tensors()) {
        std::optional<runtime::DType> type =
            runtime::fromSafetensors(info.type);
        if (!type)
          return Status::invalid(path, concat("tensor ", quote(info.name),
                                              " has a type that no input has"));
        auto data = file.data(info);
        copies.emplace_back(data.begin(), data.end());
        inputs.push_back({info.name, *type, info.shape, copies.back().data()});
      }
      TENON_RETURN_IF_ERROR(
          compareEntry(expected, actual, name, inputs, distances));
    }
    for (unsigned i = 0; options.files.empty() && i < options.count; ++i) {
      TENON_ASSIGN_OR_RETURN(SampleInputs inputs,
                             SampleInputs::make(module, entry, dims, random));
      TENON_RETURN_IF_ERROR(
          compareEntry(expected, actual, name, inputs.tensors(), distances));
    }
  }
  std::string text =
      concat("against fp32, ",
             options.files.empty()
                 ? concat(options.count, " random samples of the usual sizes")
                 : concat(options.files.size(), " samples"),
             ":\noutput                       max error mean error  same best  "
             "       KL\n");
  for (const auto &[name, distance] : distances)
    text += distance.render(name);
  return text;
}

void tenon::addSampleOptions(CLI::App &app, SampleOptions &options) {
  app.add_option("--samples", options.count,
                 "random inputs to compare a quantized model with fp32 on "
                 "(default 8)");
  app.add_option("--inputs-from", options.files,
                 "inputs to compare it on instead: tensors as for `tenon run` "
                 "(safetensors, repeatable)");
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
