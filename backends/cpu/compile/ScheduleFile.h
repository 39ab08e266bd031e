//===- ScheduleFile.h - schedules that the user gives -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_SCHEDULEFILE_H
#define TENON_BACKENDS_CPU_COMPILE_SCHEDULEFILE_H

#include "dialect/TenonAttributes.h"
#include "support/Toml.h"

#include <optional>
#include <string>
#include <vector>

namespace tenon::cpu {

/// A schedule file:
///
///   [[kernel]]
///   name = "k5_matmul_*"      # by the kernel's name, with * and ?
///   target = "x86-64-v4"      # a target, or every one if it isn't given
///   tile = [8, 32, 4]         # as the emitter has it; what isn't given stays
///   block = [96]
class ScheduleFile {
public:
  ScheduleFile() = default;
  static Result<ScheduleFile> load(const std::string &path);

  /// The chosen schedule with what the file says of this kernel; the last entry
  /// that matches counts. Fails where an emitter couldn't follow.
  Result<ScheduleAttr> apply(llvm::StringRef kernel, llvm::StringRef target,
                             ScheduleAttr chosen) const;

private:
  struct Entry {
    std::string name, target;
    const toml::table *table; ///< Of `file`.
    std::vector<int64_t> tile, block;
  };
  std::optional<TomlFile> file;
  std::vector<Entry> entries;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_SCHEDULEFILE_H
