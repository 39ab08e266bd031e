//===- QuantizationError.h - what fewer bits cost ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_QUANTIZATIONERROR_H
#define TENON_COMPILER_QUANTIZATIONERROR_H

#include "compiler/SourceOptions.h"

namespace tenon {

struct SampleOptions {
  unsigned count = 8; ///< Random samples, if no file gives others.
  uint64_t seed = 0;
  /// Files and folders of inputs to compare on: see `findSampleFiles`.
  std::vector<std::string> files;
  /// Those to find scales of activations with.
  std::vector<std::string> calibration;

  /// What to compare on: what was given, what scales were found with, or
  /// nothing, which stands for random inputs.
  const std::vector<std::string> &compared() const {
    return files.empty() ? calibration : files;
  }
};

/// Runs a compiled model and the same one in fp32 on sample inputs, and says
/// how far the outputs of each entry without states lie apart, as a table: the
/// largest and the mean difference (of the largest and the mean magnitude), and
/// of logits how often both rank the same first and the mean Kullback-Leibler
/// divergence, in nats, of the distributions along the last axis. Below it, how
/// often labels agree where outputs are of labels, and for models that continue
/// tokens the perplexity of the samples' tokens, unless they are random.
Result<std::string> compareWithFp32(Compilation &quantized, Compilation &fp32,
                                    const SampleOptions &options);

/// The options by which commands are given samples.
void addSampleOptions(CLI::App &app, SampleOptions &options);
/// Compiles a source, as it was given, in fp32 and prints the comparison.
/// Gives the exit status.
int reportAgainstFp32(Compilation &quantized, SourceOptions source,
                      const SampleOptions &options);

} // namespace tenon

#endif // TENON_COMPILER_QUANTIZATIONERROR_H
