//===- TuneFile.cpp - a file of tuning records ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/TuneFile.h"

#include "support/File.h"
#include "support/Text.h"

#include "llvm/Support/FileSystem.h"

using namespace tenon;

void TuneFile::drop(const Status &what) {
  ignored.push_back(Status::invalid(
      what.where(), what.what() + "; this tuning record is dropped"));
}

Result<TuneFile> TuneFile::open(const std::string &path) {
  TuneFile result(path);
  if (!llvm::sys::fs::exists(path))
    return result;
  Status damage;
  TENON_ASSIGN_OR_RETURN(TomlFile file, loadRecords(path, damage));
  if (!damage)
    result.ignored.push_back(Status::invalid(
        damage.where(),
        damage.what() + "; tuning records from here on are dropped"));
  static const std::string rootKeys[] = {"kernel", "panel"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  auto read = [&]<typename Record>(const char *key,
                                   std::deque<Record> &records) -> Status {
    TENON_ASSIGN_OR_RETURN(auto tables, tablesOf(file, key));
    for (const toml::table *table : tables) {
      if (!Record::isRecord(*table))
        return file.error(*table, "isn't a tuning record; records go into a "
                                  "file of their own");
      auto record = Record::parse(file, *table);
      if (record)
        records.push_back(std::move(*record));
      else
        result.drop(record.takeStatus());
    }
    return Status::ok();
  };
  TENON_RETURN_IF_ERROR(read("panel", result.panels));
  TENON_RETURN_IF_ERROR(read("kernel", result.records));
  return result;
}

TuningRecord &TuneFile::recordOf(const std::string &hash,
                                 const std::string &target,
                                 const std::string &cpu) {
  for (TuningRecord &record : records)
    if (record.hash == hash && record.target == target && record.cpu == cpu)
      return record;
  TuningRecord &record = records.emplace_back();
  record.hash = hash;
  record.target = target;
  record.cpu = cpu;
  return record;
}

PanelRecord &TuneFile::panelsOf(const PanelRecord &matrix,
                                const std::string &target,
                                const std::string &cpu) {
  for (PanelRecord &record : panels)
    if (record.isSameMatrix(matrix) && record.target == target &&
        record.cpu == cpu)
      return record;
  PanelRecord &record = panels.emplace_back(matrix);
  record.target = target;
  record.cpu = cpu;
  return record;
}

Status TuneFile::save() const {
  std::string text =
      concat(recordsTitle, " tenon compile --schedule takes it;\n"
                           "# tenon tune goes on from it.\n");
  for (const PanelRecord &record : panels)
    if (!record.tried.empty())
      text += "\n" + record.text();
  for (const TuningRecord &record : records)
    if (!record.tried.empty())
      text += "\n" + record.text();
  return writeFile(path, text);
}
