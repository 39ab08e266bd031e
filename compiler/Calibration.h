//===- Calibration.h - scales of activations from samples -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_CALIBRATION_H
#define TENON_COMPILER_CALIBRATION_H

#include "compiler/SourceOptions.h"

namespace tenon {

/// Called after each file of samples.
using CalibrationProgress = std::function<void(size_t done, size_t total)>;

/// Compiles a source, as it was given, in fp32, runs it on the samples that
/// `paths` name, and tells `compilation`, which must not be past its graph, how
/// large what int8 turns into codes gets: see `tenon-observe-ranges`. Prints
/// errors and gives the exit status.
int calibrate(Compilation &compilation, SourceOptions source,
              const std::vector<std::string> &paths,
              const CalibrationProgress &progress = nullptr);

/// What can be checked before anything is loaded.
Status checkCalibration(const SourceOptions &source,
                        const std::vector<std::string> &paths);

} // namespace tenon

#endif // TENON_COMPILER_CALIBRATION_H
