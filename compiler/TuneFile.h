//===- TuneFile.h - a file of tuning records --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_TUNEFILE_H
#define TENON_COMPILER_TUNEFILE_H

#include "codegen/TuningRecords.h"

#include <deque>

namespace tenon {

class TuneFile {
public:
  /// A file that a search went into before, or one that isn't there yet. Its
  /// records of other kernels and processors stay. Fails if it holds anything
  /// else, which would be lost.
  static Result<TuneFile> open(const std::string &path);

  /// The record of a kernel, made if there is none; it stays where it is.
  TuningRecord &recordOf(const std::string &hash, const std::string &target,
                         const std::string &cpu);

  /// The record of a matrix's panels, as above.
  PanelRecord &panelsOf(const PanelRecord &matrix, const std::string &target,
                        const std::string &cpu);

  /// Writes those records of which anything was tried: a file beside, which is
  /// then renamed.
  Status save() const;

  /// Records that didn't fit, which save() drops.
  const std::vector<Status> &warnings() const { return ignored; }

private:
  explicit TuneFile(std::string path) : path(std::move(path)) {}

  void drop(const Status &what);

  std::string path;
  std::deque<TuningRecord> records;
  std::deque<PanelRecord> panels;
  std::vector<Status> ignored;
};

} // namespace tenon

#endif // TENON_COMPILER_TUNEFILE_H
