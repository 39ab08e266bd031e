//===- ScheduleFile.cpp - schedules that are given ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/ScheduleFile.h"

#include "backends/cpu/compile/ScheduleSpace.h"
#include "support/Text.h"

#include "llvm/Support/GlobPattern.h"

using namespace tenon;
using namespace tenon::cpu;

void ScheduleFile::ignore(Status what) {
  ignored.push_back(Status::invalid(
      what.where(), what.what() + "; this tuning record is ignored"));
}

Result<ScheduleFile> ScheduleFile::load(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(TomlFile file, TomlFile::load(path));
  static const std::string rootKeys[] = {"kernel"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  ScheduleFile schedules;
  const toml::node *kernels = file.root().get("kernel");
  if (!kernels)
    return schedules;
  const toml::array *list = kernels->as_array();
  if (!list)
    return file.error(*kernels, "kernels are listed as [[kernel]]");
  for (const toml::node &node : *list) {
    const toml::table *table = node.as_table();
    if (!table)
      return file.error(node, "[[kernel]] is a table");
    if (TuningRecord::isRecord(*table)) {
      auto record = TuningRecord::parse(file, *table);
      if (record)
        schedules.records.push_back({std::move(*record), table});
      else
        schedules.ignore(record.takeStatus());
      continue;
    }
    static const std::string keys[] = {"name", "target", "tile", "block"};
    TENON_RETURN_IF_ERROR(file.checkKeys(*table, keys));
    Entry entry;
    auto name = (*table)["name"].value<std::string>();
    if (!name)
      return file.error(*table, "[[kernel]] needs a name");
    entry.name = *name;
    entry.target = (*table)["target"].value_or(std::string());
    entry.table = table;
    TENON_ASSIGN_OR_RETURN(entry.sizes, readSizes(file, *table));
    auto pattern = llvm::GlobPattern::create(entry.name);
    if (!pattern)
      return file.error(*table->get("name"),
                        llvm::toString(pattern.takeError()));
    schedules.entries.push_back(std::move(entry));
  }
  schedules.file = std::move(file);
  return schedules;
}

/// `chosen` with the sizes that an entry gives.
Result<ScheduleAttr> ScheduleFile::merge(llvm::StringRef kernel,
                                         const toml::table &table,
                                         const ScheduleSizes &sizes,
                                         ScheduleAttr chosen) const {
  auto pick = [](const std::vector<int64_t> &given,
                 llvm::ArrayRef<int64_t> own) {
    return given.empty() ? own : llvm::ArrayRef<int64_t>(given);
  };
  llvm::ArrayRef<int64_t> tile = pick(sizes.tile, chosen.getTile());
  llvm::ArrayRef<int64_t> block = pick(sizes.block, chosen.getBlock());
  if (tile.size() != chosen.getTile().size() ||
      block.size() != chosen.getBlock().size())
    return file->error(
        table, concat(kernel.str(), " (", chosen.getEmitter().str(), ") needs ",
                      chosen.getTile().size(), " sizes in tile and ",
                      chosen.getBlock().size(), " in block"));
  ScheduleAttr schedule = withSizes(chosen, tile, block);
  if (std::string wrong = whatIsWrong(schedule); !wrong.empty())
    return file->error(*table.get(sizes.tile.empty() ? "block" : "tile"),
                       concat(kernel.str(), ": ", wrong));
  return schedule;
}

Result<ScheduleAttr> ScheduleFile::apply(mlir::func::FuncOp kernel,
                                         const Target &target,
                                         ScheduleAttr chosen) {
  std::string name = kernel.getName().str();
  for (const Entry &entry : llvm::reverse(entries)) {
    if (!entry.target.empty() && entry.target != target.name)
      continue;
    auto pattern = llvm::GlobPattern::create(entry.name);
    if (!pattern || !pattern->match(name)) {
      if (!pattern)
        llvm::consumeError(pattern.takeError());
      continue;
    }
    return merge(name, *entry.table, entry.sizes, chosen);
  }
  if (records.empty())
    return chosen;
  std::string hash = kernelHash(kernel);
  Record *best = nullptr;
  for (Record &record : records) {
    if (record.record.hash != hash)
      continue;
    record.isKnown = true;
    bool isOwn = record.record.cpu == target.cpu;
    if (isOwn || (record.record.target == target.name &&
                  (!best || best->record.cpu != target.cpu)))
      best = &record;
  }
  if (!best)
    return chosen;
  auto schedule = merge(name, *best->table, best->record.best, chosen);
  if (schedule)
    return schedule;
  ignore(schedule.takeStatus());
  return chosen;
}

std::vector<Status> ScheduleFile::warnings() const {
  std::vector<Status> all = ignored;
  size_t unknown = llvm::count_if(
      records, [](const Record &record) { return !record.isKnown; });
  if (unknown)
    all.push_back(Status::invalid(
        file->name(),
        concat(unknown, " of ", plural(records.size(), "tuning record"),
               unknown == 1 ? " is for a kernel" : " are for kernels",
               " that this model doesn't have, and ignored")));
  return all;
}
