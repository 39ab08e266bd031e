//===- ScheduleFile.h - schedules that are given ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_SCHEDULEFILE_H
#define TENON_CODEGEN_SCHEDULEFILE_H

#include "codegen/TuningRecords.h"
#include "dialect/TenonAttributes.h"
#include "support/Toml.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <optional>
#include <string>
#include <vector>

namespace tenon {

/// What kernels are compiled for, as schedule files name it.
struct ScheduleTarget {
  std::string name;
  /// The processor that is meant by it, as records name it; empty if it may be
  /// any.
  std::string processor = {};
};

/// Those of a backend's targets.
template <typename TargetT>
std::vector<ScheduleTarget>
scheduleTargets(const std::vector<TargetT> &targets) {
  std::vector<ScheduleTarget> all;
  all.reserve(targets.size());
  for (const TargetT &target : targets)
    all.push_back(target.forSchedules());
  return all;
}

/// The chosen schedule with what was asked for, or why no emitter can follow:
/// then `where` is the key of the entry that says so.
using FollowSizes =
    llvm::function_ref<Result<ScheduleAttr>(const ScheduleSizes &)>;

/// A schedule file:
///
///   [[kernel]]
///   name = "k5_matmul_*"      # by the kernel's name, with * and ?
///   target = "x86-64-v4"      # a target, or every one if it isn't given
///   emitter = "matmul"        # where kernels have a choice
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

  /// Whether a file can be read and has something for one of these targets.
  static Status check(const std::string &path,
                      llvm::ArrayRef<ScheduleTarget> targets,
                      llvm::ArrayRef<std::string> others);
  /// Fails at the first entry if all are for other targets than these and
  /// `others`, those of other backends that the artifact has code of.
  Status checkTargets(llvm::ArrayRef<ScheduleTarget> targets,
                      llvm::ArrayRef<std::string> others) const;

  /// The chosen schedule of a kernel with that hash (kernelHash), with what the
  /// file says of this kernel. The last entry of a person that matches counts;
  /// else a record, those of the target's own processor first. Fails where an
  /// emitter couldn't follow a person's entry.
  Result<ScheduleAttr> apply(mlir::func::FuncOp kernel, const std::string &hash,
                             const ScheduleTarget &target, ScheduleAttr chosen,
                             FollowSizes follow);

  /// The panels of a matrix in an artifact for these targets, if the file says
  /// so: the last entry that matches, and that all of them can read.
  std::optional<int64_t>
  panelWidth(const PanelRecord &matrix, llvm::ArrayRef<ScheduleTarget> targets,
             llvm::function_ref<bool(int64_t width)> canRead) const;

  /// To be called where panels have one width: entries that say which for one
  /// of these targets, or for all, do nothing there.
  void ignorePanels(llvm::ArrayRef<ScheduleTarget> targets);

  /// What was ignored, a line each: to be asked for when all kernels have been
  /// seen. Entries for `others` (see checkTargets) are theirs.
  std::vector<Status> warnings(llvm::ArrayRef<std::string> others = {}) const;

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
  struct Panel {
    PanelRecord record;
    const toml::table *table;
  };
  Status readKernel(const TomlFile &file, const toml::table &table);
  Status errorAt(const toml::table &table, const std::string &kernel,
                 const Status &wrong) const;
  void ignore(const Status &what);

  std::optional<TomlFile> file;
  std::vector<Entry> entries;
  std::vector<Panel> panels;
  std::vector<Record> records;
  std::vector<Status> ignored;
};

} // namespace tenon

#endif // TENON_CODEGEN_SCHEDULEFILE_H
