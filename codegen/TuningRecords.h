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

#include "support/Toml.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <compare>
#include <string>
#include <vector>

namespace tenon {

/// What tells a kernel from others whatever it is called and wherever it comes
/// from: the hash of its ops, types and dims, without names, places, schedules
/// and what is chosen with these. 32 hexadecimal digits.
std::string kernelHash(mlir::func::FuncOp kernel);

/// The sizes of a schedule.
struct ScheduleSizes {
  std::vector<int64_t> tile, block;
  auto operator<=>(const ScheduleSizes &) const = default;
};

/// The `tile` and `block` of a table, lists as `[8, 32, 4]`; each may be
/// missing.
Result<ScheduleSizes> readSizes(const TomlFile &file, const toml::table &table);

struct TuningRecord {
  std::string hash;        ///< See kernelHash().
  std::string target;      ///< What the kernel was compiled for, and
  std::string cpu;         ///< the processor it ran on, by LLVM's name.
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
