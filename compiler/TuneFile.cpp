//===- TuneFile.cpp - a file of tuning records ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/TuneFile.h"

#include "support/File.h"

#include "llvm/Support/FileSystem.h"

using namespace tenon;

void TuneFile::drop(Status what) {
  ignored.push_back(Status::invalid(
      what.where(), what.what() + "; this tuning record is dropped"));
}

Result<TuneFile> TuneFile::open(const std::string &path) {
  TuneFile result(path);
  if (!llvm::sys::fs::exists(path))
    return result;
  TENON_ASSIGN_OR_RETURN(TomlFile file, TomlFile::load(path));
  static const std::string rootKeys[] = {"kernel", "panel"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  TENON_ASSIGN_OR_RETURN(auto panels, tablesOf(file, "panel"));
  for (const toml::table *table : panels) {
    if (!PanelRecord::isRecord(*table))
      return file.error(*table, "isn't a tuning record; records go into a file "
                                "of their own");
    auto record = PanelRecord::parse(file, *table);
    if (record)
      result.panels.push_back(std::move(*record));
    else
      result.drop(record.takeStatus());
  }
  const toml::node *kernels = file.root().get("kernel");
  const toml::array *list = kernels ? kernels->as_array() : nullptr;
  if (kernels && !list)
    return file.error(*kernels, "kernels are listed as [[kernel]]");
  for (size_t i = 0; list && i < list->size(); ++i) {
    const toml::node &node = *list->get(i);
    const toml::table *table = node.as_table();
    if (!table || !TuningRecord::isRecord(*table))
      return file.error(node, "isn't a tuning record; records go into a file "
                              "of their own");
    auto record = TuningRecord::parse(file, *table);
    if (record)
      result.records.push_back(std::move(*record));
    else
      result.drop(record.takeStatus());
  }
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
  std::string text = "# What tenon tune measured. tenon compile --schedule "
                     "takes it;\n# tenon tune goes on from it.\n";
  for (const PanelRecord &record : panels)
    if (!record.tried.empty())
      text += "\n" + record.text();
  for (const TuningRecord &record : records)
    if (!record.tried.empty())
      text += "\n" + record.text();
  return writeFile(path, text);
}
