//===- Bench.h - measuring a model ------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_BENCH_H
#define TENON_TOOLS_TENON_BENCH_H

#include "runtime/DimValues.h"
#include "runtime/Session.h"
#include "tools/tenon/Roofline.h"

#include <map>

namespace tenon::tool {

/// Tensors for an entry's required inputs, with values that depend on nothing
/// but their shapes.
class BenchInputs {
public:
  /// Symbols that `symbols` doesn't set have their typical values. Numbers
  /// differ from seed to seed.
  static Result<BenchInputs>
  create(const runtime::Plan &plan, uint32_t entry,
         const std::map<std::string, int64_t> &symbols, uint64_t seed = 1);

  std::span<const runtime::InputTensor> tensors() const { return tensors_; }
  /// Makes the state that the entry finds: its rows, as long as the symbols
  /// say.
  Status fill(runtime::State &state) const;
  /// `B=1, S=128`.
  const std::string &shapeText() const { return shapeText_; }
  /// A dim of the plan in calls with these; 0 if it has no value.
  double dim(uint32_t node) const {
    return dims_[node] == runtime::unknownDim
               ? 0
               : static_cast<double>(dims_[node]);
  }

private:
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<std::vector<uint64_t>> data_;
  std::vector<runtime::InputTensor> tensors_;
  std::vector<int64_t> dims_;
  size_t rows_ = 0;
  std::vector<std::pair<std::string, int64_t>> held_; ///< By dim: positions.
  std::string shapeText_;
};

/// Calls of entries that take such inputs, one after the other.
class Meter {
public:
  Meter(runtime::Session &session, const BenchInputs &inputs)
      : session_(session), inputs_(inputs), state_(session.createState(0)) {}

  /// The seconds of a call; every one finds what the first found.
  Result<double> run(uint32_t entry, const runtime::ReplayHooks &hooks = {});
  /// What the last call gave, until the next one.
  std::span<const runtime::OutputTensor> outputs() const { return outputs_; }

private:
  runtime::Session &session_;
  const BenchInputs &inputs_;
  std::unique_ptr<runtime::State> state_;
  std::span<const runtime::OutputTensor> outputs_;
};

/// Sizes of a command line: `B=1,S=128`. Errors are at the option.
Result<std::map<std::string, int64_t>>
parseShape(const std::string &text, const char *option = "--shape");

/// What one kernel did in one call, all its launches together.
struct KernelTimes {
  std::string name;
  uint64_t launches = 0;
  double seconds = 0; ///< A usual call's.
  double flops = 0, bytes = 0;
  Products products = Products::Floats; ///< What `flops` are of.
};

struct BenchResult {
  std::string device;               ///< For people.
  std::vector<double> seconds;      ///< Of each call, sorted.
  double flops = 0, bytes = 0;      ///< Of a call.
  std::vector<KernelTimes> kernels; ///< Slowest first; only if asked for.
  /// Of the calls between those that kernels were measured in, the median.
  double wholeSeconds = 0;
  MachinePeak peak;
  std::string whyNoPeak; ///< If there is more to say than that.
  bool isProbed = false; ///< By probes: a launch is one of the device alone.

  double kernelSeconds() const {
    double sum = 0;
    for (const KernelTimes &kernel : kernels)
      sum += kernel.seconds;
    return sum;
  }

  double quantile(double q) const {
    return seconds[static_cast<size_t>(q * double(seconds.size() - 1))];
  }
};

/// The peak that counts for code that needs `features`.
MachinePeak peakFor(const runtime::DevicePeak &peak, std::string_view features);

/// Runs an entry for about `seconds`, at least 20 times.
Result<BenchResult> measure(runtime::Session &session, uint32_t entry,
                            const BenchInputs &inputs, unsigned threads,
                            double seconds, bool kernels);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_BENCH_H
