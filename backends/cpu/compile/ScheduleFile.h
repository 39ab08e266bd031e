//===- ScheduleFile.h - schedules that are given ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_SCHEDULEFILE_H
#define TENON_BACKENDS_CPU_COMPILE_SCHEDULEFILE_H

#include "backends/cpu/compile/Target.h"
#include "codegen/TuningRecords.h"
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
///
///   [[panel]]
///   depth = 768               # matrices by what they are
///   columns = 3072
///   type = "f32"
///   target = "x86-64-v4"      # as above
///   width = 64                # columns of the panels they are packed as
///
/// Entries with a `hash` are what `tenon tune` found (see TuningRecord). What
/// is wrong with an entry of a person is an error; a record that doesn't fit,
/// such as one of an older version, is ignored with a warning.
class ScheduleFile {
public:
  ScheduleFile() = default;
  static Result<ScheduleFile> load(const std::string &path);
  static Result<ScheduleFile> parse(std::string text, std::string name);
  /// What comes with Tenon (backends/cpu/tuning), a file for each processor
  /// that was measured: records only, so `apply` never fails.
  static std::vector<ScheduleFile> shipped();

  /// The chosen schedule of a kernel with that hash (kernelHash), with what the
  /// file says of this kernel. The last entry of a person that matches counts;
  /// else a record, those of the target's own processor first. Fails where an
  /// emitter couldn't follow a person's entry.
  Result<ScheduleAttr> apply(mlir::func::FuncOp kernel, const std::string &hash,
                             const Target &target, ScheduleAttr chosen);

  /// The panels of a matrix in an artifact for these targets, if the file says
  /// so: the last entry that matches.
  std::optional<int64_t> panelWidth(const PanelRecord &matrix,
                                    llvm::ArrayRef<Target> targets) const;

  /// What was ignored, a line each: to be asked for when all kernels have been
  /// seen.
  std::vector<Status> warnings() const;

private:
  static Result<ScheduleFile> read(TomlFile file);

  struct Entry {
    std::string name, target;
    const toml::table *table; ///< Of `file`.
    ScheduleSizes sizes;
    bool isKnown = false; ///< It is meant for some kernel.
  };
  struct Record {
    TuningRecord record;
    const toml::table *table;
    bool isKnown = false; ///< Some kernel has this hash.
  };
  Result<ScheduleAttr> merge(mlir::func::FuncOp kernel,
                             const toml::table &table,
                             const ScheduleSizes &sizes,
                             ScheduleAttr chosen) const;
  void ignore(const Status &what);

  std::optional<TomlFile> file;
  std::vector<Entry> entries;
  std::vector<PanelRecord> panels;
  std::vector<Record> records;
  std::vector<Status> ignored;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_SCHEDULEFILE_H
