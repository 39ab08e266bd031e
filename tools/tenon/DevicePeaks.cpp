//===- DevicePeaks.cpp - what a device reaches, by probes -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/DevicePeaks.h"

#include "tools/tenon/Bench.h"

#include "support/File.h"
#include "support/Signals.h"
#include "support/Text.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <unistd.h>

namespace tenon::tool {

namespace {

/// An empty file that goes away with this.
class TemporaryFile {
public:
  static Result<TemporaryFile> create() {
    std::error_code error;
    std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    std::string path = (folder / "tenon-probes-XXXXXX").string();
    FileDescriptor file(error ? -1 : mkstemp(path.data()));
    if (!file)
      return Status::invalid(folder.empty() ? "TMPDIR" : folder.string(),
                             "can't be written");
    TemporaryFile result;
    result.note_ = FileNote::unfinished(path);
    result.path_ = std::move(path);
    return result;
  }

  TemporaryFile(TemporaryFile &&other) noexcept
      : path_(std::exchange(other.path_, "")), note_(std::move(other.note_)) {}
  ~TemporaryFile() {
    if (!path_.empty())
      unlink(path_.c_str());
  }

  const std::string &path() const { return path_; }

private:
  TemporaryFile() = default;

  std::string path_;
  FileNote note_;
};

} // namespace

/// The least time of some calls of an entry, in seconds: that of its last
/// launch, or with `ofAll` that of the whole call.
static Result<double> leastTime(runtime::Session &session, uint32_t entry,
                                const BenchInputs &inputs, bool ofAll,
                                int calls) {
  const runtime::Plan &plan = session.model().plan();
  Meter meter(session, inputs);
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < calls; ++i) {
    std::vector<uint64_t> launches;
    if (!ofAll)
      launches.resize(plan.launches(plan.entries()[entry]).size());
    TENON_ASSIGN_OR_RETURN(double time, meter.run(entry, {nullptr, launches}));
    if (!ofAll)
      time = static_cast<double>(launches.back()) * 1e-9;
    least = std::min(least, time);
  }
  return least;
}

/// Notes what an entry of an artifact of probes measures.
static Status measureEntry(runtime::Session &session, uint32_t entry,
                           MachinePeak &peak) {
  // Long enough for any clock, and much shorter than what drivers let pass.
  constexpr double enough = 0.02;
  const runtime::Plan &plan = session.model().plan();
  auto launches = plan.launches(plan.entries()[entry]);
  const format::Launch &last = launches.back();
  int64_t most = plan.symbolsOfEntry(entry) ? plan.symbols().front().max : 1;
  for (int64_t tasks = 1;; tasks *= 2) {
    TENON_ASSIGN_OR_RETURN(
        BenchInputs inputs,
        BenchInputs::create(plan, entry, {{"tasks", tasks}}));
    double flops = inputs.dim(last.flops), bytes = inputs.dim(last.bytes);
    bool ofAll = flops == 0 && bytes == 0;
    TENON_ASSIGN_OR_RETURN(double seconds,
                           leastTime(session, entry, inputs, ofAll, 1));
    bool isLast = 2 * tasks > most;
    if (seconds < enough && !isLast)
      continue;
    TENON_ASSIGN_OR_RETURN(double again,
                           leastTime(session, entry, inputs, ofAll, 4));
    seconds = std::min(seconds, again);
    // A driver may compile at the first call, and machines have other work.
    if (seconds < enough / 2 && !isLast)
      continue;
    if (seconds <= 0)
      return Status::invalid(session.model().deviceName(),
                             "has a clock that stands still");
    if (flops > 0)
      peak.arithmetic[size_t(last.products)] = {
          std::string(plan.text(last.label)), flops / seconds};
    else if (bytes > 0)
      peak.readBytes = bytes / seconds;
    else
      peak.launchSeconds = seconds / static_cast<double>(launches.size());
    return Status::ok();
  }
}

Result<MachinePeak> probePeak(std::shared_ptr<runtime::Instance> instance,
                              const runtime::Device &device,
                              const std::string &unit,
                              const std::string &variant,
                              const ProbeWriter &write) {
  TENON_ASSIGN_OR_RETURN(TemporaryFile file, TemporaryFile::create());
  TENON_RETURN_IF_ERROR(
      write(std::string(device.name()), variant, file.path()));
  TENON_ASSIGN_OR_RETURN(
      auto model, runtime::Model::open(std::move(instance), file.path(),
                                       {.variant = variant, .device = unit}));
  TENON_ASSIGN_OR_RETURN(auto session, runtime::Session::create(model));
  MachinePeak peak;
  for (uint32_t entry = 0; entry < model->plan().entries().size(); ++entry)
    TENON_RETURN_IF_ERROR(measureEntry(*session, entry, peak));
  return peak;
}

} // namespace tenon::tool
