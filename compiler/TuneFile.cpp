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

Result<TuneFile> TuneFile::open(const std::string &path) {
  TuneFile result(path);
  if (!llvm::sys::fs::exists(path))
    return result;
  TENON_ASSIGN_OR_RETURN(TomlFile file, TomlFile::load(path));
  static const std::string rootKeys[] = {"kernel"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
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
      result.ignored.push_back(Status::invalid(
          record.status().where(),
          record.status().what() + "; this tuning record is dropped"));
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

Status TuneFile::save() const {
  std::string text = "# What tenon tune measured. tenon compile --schedule "
                     "takes it;\n# tenon tune goes on from it.\n";
  for (const TuningRecord &record : records)
    if (!record.tried.empty())
      text += "\n" + record.text();
  return writeFile(path, text);
}
