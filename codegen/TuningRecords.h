//===- TuningRecords.h - what tuning found ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// `tenon tune` writes a record for each kernel that it has tried schedules of:
// an entry [[kernel]] of a schedule file that has a `hash`.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_TUNINGRECORDS_H
#define TENON_CODEGEN_TUNINGRECORDS_H

#include "dialect/TenonOps.h"
#include "support/Toml.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <compare>
#include <string>
#include <tuple>
#include <vector>

namespace tenon {

/// What tells a kernel from others whatever it is called and wherever it comes
/// from: the hash of its ops, types and dims, without names, places, schedules
/// and what is chosen with these. 32 hexadecimal digits.
std::string kernelHash(mlir::func::FuncOp kernel);

/// The first line of a file of records.
constexpr const char *recordsTitle = "# What tenon tune measured.";

/// A file of records or of schedules that a person wrote. Of records, what
/// can't be read any more (a file was cut short, say) is left out with all that
/// is behind it, and `damage` says so; a person's mistake is an error.
Result<TomlFile> loadRecords(const std::string &path, Status &damage);

/// What a file says of a schedule.
struct ScheduleSizes {
  std::string emitter; ///< Empty: the compiler's own.
  std::vector<int64_t> tile, block;
  auto operator<=>(const ScheduleSizes &) const = default;
};

/// The `emitter`, `tile` and `block` of a table, lists as `[8, 32, 4]`; each
/// may be missing.
Result<ScheduleSizes> readSizes(const TomlFile &file, const toml::table &table);

/// The tables of a list [[key]]; none if there is no such list.
Result<std::vector<const toml::table *>> tablesOf(const TomlFile &file,
                                                  const std::string &key);

/// Columns that panels may have.
llvm::ArrayRef<int64_t> panelWidths();

/// How wide the panels of matrices are: an entry [[panel]]. They are packed
/// before there are kernels, so matrices are told by what they are.
struct PanelRecord {
  int64_t depth = 0, columns = 0;
  std::string type;        ///< Of what is stored: `f32`, `i8`.
  int64_t width = 0;       ///< Columns of a panel; 0: the compiler's own.
  std::string target, cpu; ///< As below; a person may leave them out.
  std::string shape;
  std::vector<int64_t> tried; ///< Widths.

  /// Whether a [[panel]] is what tuning found.
  static bool isRecord(const toml::table &table) {
    return table.contains("cpu");
  }
  static Result<PanelRecord> parse(const TomlFile &file,
                                   const toml::table &table);
  /// As an entry [[panel]].
  std::string text() const;
  bool isSameMatrix(const PanelRecord &other) const {
    return std::tie(depth, columns, type) ==
           std::tie(other.depth, other.columns, other.type);
  }
};

/// The right side of a product that is a constant matrix or panels of one: its
/// depth, columns and type.
std::optional<PanelRecord> matrixOf(MatmulOp op);

struct TuningRecord {
  std::string hash;        ///< See kernelHash().
  std::string target;      ///< What the kernel was compiled for, and
  std::string cpu;         ///< the processor or device it ran on.
  std::string name, shape; ///< For people: the kernel's name, what was run.
  /// The fastest sizes; empty where the compiler's own are.
  ScheduleSizes best;
  double seconds = 0, ownSeconds = 0; ///< With them, and with the compiler's.
  std::vector<ScheduleSizes> tried;   ///< What was measured besides these.

  /// Whether a [[kernel]] is a record, and not an entry that a person wrote.
  static bool isRecord(const toml::table &table) {
    return table.contains("hash");
  }
  static Result<TuningRecord> parse(const TomlFile &file,
                                    const toml::table &table);
  /// As an entry [[kernel]].
  std::string text() const;
};

} // namespace tenon

#endif // TENON_CODEGEN_TUNINGRECORDS_H
