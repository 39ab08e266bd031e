//===- Verifier.h - compiled kernels against the evaluator ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_VERIFIER_H
#define TENON_COMPILER_VERIFIER_H

#include "compiler/Compilation.h"

namespace tenon {

struct VerifyOptions {
  unsigned shapes = 3;
  uint64_t seed = 0;
  double tolerance = 1e-4;
  /// What to run on; empty: a device of each target.
  std::string device;
};

struct VerifyReport {
  bool equal = true;
  std::string text; ///< For people: a line for each variant, or what differs.
};

/// Compiles, runs every entry on random inputs, and evaluates each kernel on
/// what the compiled one got: a difference is that kernel's own, and the first
/// is named with its place in the `.arch` file. Of several targets, those of
/// the device, each by itself.
Result<VerifyReport> verifyCompilation(Compilation &compilation,
                                       const VerifyOptions &options);

} // namespace tenon

#endif // TENON_COMPILER_VERIFIER_H
