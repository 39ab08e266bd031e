//===- Target.h - what a processor is like ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_TARGET_H
#define TENON_BACKENDS_CPU_COMPILE_TARGET_H

#include "backends/Backend.h"
#include "codegen/ScheduleFile.h"
#include "runtime/Format.h"
#include "support/Status.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::cpu {

/// A kind of processor, as its target file describes it.
struct Target {
  std::string name;
  std::string cpu = "x86-64"; ///< LLVM's name.
  /// As records of tuning call it: hostProcessor() for this machine, else
  /// `cpu`.
  std::string processor;
  std::string tune; ///< Further LLVM features.
  /// What a machine must have, by the names of /proc/cpuinfo.
  std::vector<std::string> features;
  /// Compiled for by default only if the model has arithmetic of one of these
  /// kinds (`int8`, `bf16`); null: for every model.
  std::optional<std::vector<std::string>> onlyFor;

  int64_t vectorBits = 128;
  int64_t registers = 16;
  bool fma = false;
  bool rounding = false;
  DotUnit dotBytes = DotUnit::None;  ///< What sums products of bytes at once,
  DotUnit dotBFloat = DotUnit::None; ///< and those of bf16.
  int64_t l1 = 32768, l2 = 262144;   ///< Bytes, of one core.
  int64_t matmulRows = 4;            ///< Rows of a register tile, at most.

  int64_t lanes() const { return vectorBits / 32; }
  ScheduleTarget forSchedules() const { return {name, processor}; }

  /// Reads a target file.
  static Result<Target> parse(std::string text, std::string name);
  /// A built-in target by name (`native` is the machine this runs on), or the
  /// target in the file of that path.
  static Result<Target> find(const std::string &name);
  /// The targets that the options name; by default all built-in ones that are
  /// of use.
  static Result<std::vector<Target>> findAll(const BackendOptions &options);
  /// The built-in targets, best first.
  static std::span<const Target> builtins();
};

/// What a processor must have for a unit's products of bytes or of bf16, beside
/// vectors of so many bits: names of /proc/cpuinfo, comma between.
llvm::StringRef dotFeatures(format::Products products, DotUnit unit,
                            int64_t vectorBits);

/// The processor of this machine: LLVM's name, and in which vector features it
/// differs from what has that name, as virtual machines do:
/// `rocketlake+amx-int8`.
std::string hostProcessor();

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_TARGET_H
