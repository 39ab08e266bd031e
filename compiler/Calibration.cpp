//===- Calibration.cpp - scales of activations from samples ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Calibration.h"

#include "compiler/SampleFiles.h"
#include "passes/QuantizedProducts.h"
#include "support/Text.h"
#include "tools/tenon/Diagnostics.h"

#include <algorithm>
#include <cmath>
#include <map>

using namespace tenon;
using namespace mlir;

namespace {
/// The largest magnitudes of rows that samples gave, by range id.
using Magnitudes = std::map<std::string, std::vector<float>, std::less<>>;

/// A model that returns them.
class Observer {
public:
  Status open(Compilation &compilation);
  Status observe(const std::vector<std::string> &files,
                 const CalibrationProgress &progress);

  /// All ids, with what was seen of them: nothing where no sample went.
  Magnitudes seen;

private:
  Status run(const SampleInputs &sample);

  TemporaryArtifact file;
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<runtime::Session> session;
};
} // namespace

/// The id that an output is for; none if it is one of the model's own.
static std::optional<std::string_view> rangeIdOf(std::string_view output) {
  if (!output.starts_with(std::string_view(rangePrefix)))
    return std::nullopt;
  return output.substr(rangePrefix.size());
}

Status Observer::open(Compilation &compilation) {
  TENON_RETURN_IF_ERROR(compilation.writeArtifact(file.path()));
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  TENON_ASSIGN_OR_RETURN(model,
                         runtime::Model::open(instance, file.path(), {}));
  TENON_ASSIGN_OR_RETURN(session, runtime::Session::create(model));
  const runtime::Plan &plan = model->plan();
  for (const format::Entry &entry : plan.entries())
    for (const format::Port &port : plan.outputs(entry))
      if (auto id = rangeIdOf(plan.text(port.name)))
        seen.try_emplace(std::string(*id));
  return Status::ok();
}

Status Observer::observe(const std::vector<std::string> &files,
                         const CalibrationProgress &progress) {
  SampleReader reader(model);
  for (size_t i = 0; i < files.size(); ++i) {
    TENON_RETURN_IF_ERROR(reader.read(
        files[i], [&](SampleInputs &sample) { return run(sample); }));
    if (progress)
      progress(i + 1, files.size());
  }
  return Status::ok();
}

Status Observer::run(const SampleInputs &sample) {
  const runtime::Plan &plan = model->plan();
  std::vector<uint32_t> entries = entriesFor(plan, sample);
  if (entries.empty())
    return Status::invalid(sample.origin,
                           "can't be run: the model has no entry without "
                           "states");
  for (uint32_t entry : entries) {
    auto outputs = session->run(entry, tensorsFor(plan, entry, sample));
    if (!outputs)
      return Status::invalid(sample.origin, outputs.status().message());
    for (const runtime::OutputTensor &output : *outputs) {
      auto id = rangeIdOf(output.name);
      if (!id)
        continue;
      std::vector<float> &rows = seen.find(*id)->second;
      for (float magnitude : output.floats()) {
        if (!std::isfinite(magnitude))
          return Status::invalid(sample.origin,
                                 concat("makes numbers that aren't finite, "
                                        "which ",
                                        quote(*id), " is given"));
        rows.push_back(magnitude);
      }
    }
  }
  return Status::ok();
}

/// The smallest magnitude that `percent` of the rows don't exceed.
static float percentileOf(std::vector<float> &rows, double percent) {
  auto count = static_cast<double>(rows.size());
  auto rank = static_cast<size_t>(std::ceil(percent / 100 * count));
  auto at = rows.begin() + (std::max<size_t>(rank, 1) - 1);
  std::nth_element(rows.begin(), at, rows.end());
  return *at;
}

Status tenon::checkCalibration(const SourceOptions &source,
                               const std::vector<std::string> &paths) {
  TENON_ASSIGN_OR_RETURN(
      auto policy,
      QuantizationPolicy::load(source.compilation.pipeline.quantization));
  if (!policy.uses(Quantization::Int8))
    return Status::usage("--calibrate", "goes with --quantize int8, or a "
                                        "policy file that has that mode");
  if (!source.fromPhase.empty())
    return Status::usage("--calibrate", "is for sources, not for dumps, which "
                                        "have their ranges");
  TENON_ASSIGN_OR_RETURN(auto files, findSampleFiles(paths));
  return Status::ok();
}

/// The ranges that a policy makes of what was seen.
static DictionaryAttr makeRanges(MLIRContext *context, Magnitudes &seen,
                                 const QuantizationPolicy &policy) {
  Builder builder(context);
  SmallVector<NamedAttribute> ranges;
  std::string unseen;
  size_t others = 0;
  for (auto &[id, rows] : seen) {
    if (rows.empty()) {
      others += !unseen.empty();
      unseen = unseen.empty() ? id : unseen;
      continue;
    }
    double percent = policy.ruleOf(id).percentile.value_or(100);
    ranges.emplace_back(builder.getStringAttr(id),
                        builder.getF32FloatAttr(percentileOf(rows, percent)));
  }
  if (!ranges.empty() && !unseen.empty())
    tool::reportWarning(Status::invalid(
        "--calibrate",
        concat("no sample reaches ", quote(unseen),
               others ? concat(" and ", others, " more, which get")
                      : std::string(", which gets"),
               " scales of rows")));
  return builder.getDictionaryAttr(ranges);
}

static Status findRanges(Compilation &compilation, Compilation &observed,
                         const SourceOptions &source,
                         const std::vector<std::string> &files,
                         const CalibrationProgress &progress) {
  TENON_ASSIGN_OR_RETURN(
      auto policy,
      QuantizationPolicy::load(source.compilation.pipeline.quantization));
  Observer observer;
  TENON_RETURN_IF_ERROR(observer.open(observed));
  if (observer.seen.empty())
    return Status::invalid(source.frontend.source,
                           "has no product that int8 quantizes, so there is "
                           "nothing to calibrate");
  TENON_RETURN_IF_ERROR(observer.observe(files, progress));
  DictionaryAttr ranges =
      makeRanges(compilation.context(), observer.seen, policy);
  if (ranges.empty())
    return Status::invalid(files.front(), "has no samples")
        .help("a file of texts has one a line");
  compilation.module()->setAttr(rangesAttribute, ranges);
  return Status::ok();
}

int tenon::calibrate(Compilation &compilation, SourceOptions source,
                     const std::vector<std::string> &paths,
                     const CalibrationProgress &progress) {
  auto files = findSampleFiles(paths);
  if (!files)
    return tool::reportError(files.status());
  // It runs here and now, whatever the model is compiled for.
  PipelineOptions &pipeline = source.compilation.pipeline;
  source.compilation.backend = CompilationOptions().backend;
  pipeline.backend = {};
  pipeline.backend.targets = {"native"};
  pipeline.observesRanges = true;
  pipeline.tapsAsResults = false;
  int exitStatus = 0;
  auto observed = source.load(exitStatus);
  if (!observed)
    return exitStatus;
  return tool::finish(
      findRanges(compilation, *observed, source, *files, progress));
}
