//===- Bench.h - measuring a model ------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_BENCH_H
#define TENON_TOOLS_TENON_BENCH_H

#include "runtime/Session.h"

#include <map>

namespace tenon::tool {

/// Tensors for an entry's required inputs, with values that depend on nothing
/// but their shapes.
class BenchInputs {
public:
  /// Symbols that `symbols` doesn't set have their typical values.
  static Result<BenchInputs>
  create(const runtime::Plan &plan, uint32_t entry,
         const std::map<std::string, int64_t> &symbols);

  std::span<const runtime::InputTensor> tensors() const { return tensors_; }
  /// Makes the state that the entry finds: its rows, as long as the symbols
  /// say.
  Status fill(runtime::State &state) const;
  /// `B=1, S=128`.
  const std::string &shapeText() const { return shapeText_; }

private:
  std::vector<std::vector<int64_t>> shapes_;
  std::vector<std::vector<uint64_t>> data_;
  std::vector<runtime::InputTensor> tensors_;
  size_t rows_ = 0;
  std::vector<std::pair<std::string, int64_t>> held_; ///< By dim: positions.
  std::string shapeText_;
};

/// What one kernel did in one call, all its launches together.
struct KernelTimes {
  std::string name;
  uint64_t launches = 0;
  double seconds = 0; ///< The median call's.
  double flops = 0, bytes = 0;
};

struct BenchResult {
  std::vector<double> seconds;      ///< Of each call, sorted.
  double flops = 0, bytes = 0;      ///< Of a call.
  std::vector<KernelTimes> kernels; ///< Slowest first; only if asked for.
  runtime::DevicePeak peak;
  std::string isa; ///< The extension whose peak counts for this variant.
  double peakFlops = 0;

  double quantile(double q) const {
    return seconds[static_cast<size_t>(q * double(seconds.size() - 1))];
  }
};

/// Runs an entry for about `seconds`, at least 20 times.
Result<BenchResult> measure(runtime::Session &session, uint32_t entry,
                            const BenchInputs &inputs, unsigned threads,
                            double seconds, bool kernels);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_BENCH_H
