//===- CpuFeatures.h - what this processor can do ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_CPUFEATURES_H
#define TENON_RUNTIME_CPUFEATURES_H

#include <string>
#include <string_view>
#include <vector>

namespace tenon::runtime {

/// Whether this processor has a feature, by its name in /proc/cpuinfo, and the
/// system lets programs use it. An unknown name is a feature that it lacks.
bool hasFeature(std::string_view name);

/// Those of a list separated by commas that this processor lacks.
std::vector<std::string> missingFeatures(std::string_view list);

/// All that this processor has of the features known here.
std::vector<std::string> presentFeatures();

/// The brand: `AMD EPYC 9B14`; empty if it doesn't say.
std::string processorName();

/// The highest level of the x86-64 psABI that it reaches: `x86-64-v3`. Empty
/// for other architectures.
std::string processorLevel();

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPUFEATURES_H
