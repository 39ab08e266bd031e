//===- ScheduleFile.cpp - schedules that are given ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/ScheduleFile.h"

#include "backends/cpu/compile/ScheduleSpace.h"

#include "codegen/Targets.h"
#include "support/Text.h"

#include "llvm/Support/GlobPattern.h"

using namespace tenon;
using namespace tenon::cpu;

/// The files of backends/cpu/tuning, embedded at build time: name and text.
static constexpr const char *shippedFiles[][2] = {
#include "backends/cpu/compile/TuningFiles.inc"
};

void ScheduleFile::ignore(const Status &what) {
  ignored.push_back(Status::invalid(
      what.where(), what.what() + "; this tuning record is ignored"));
}

static Result<PanelRecord> readPanels(const TomlFile &file,
                                      const toml::table &table) {
  TENON_ASSIGN_OR_RETURN(PanelRecord record, PanelRecord::parse(file, table));
  if (record.width && !llvm::is_contained(panelWidths(), record.width))
    return file.error(*table.get("width"), "panels have 16, 32 or 64 columns");
  return record;
}

Result<ScheduleFile> ScheduleFile::load(const std::string &path) {
  Status damage;
  TENON_ASSIGN_OR_RETURN(TomlFile file, loadRecords(path, damage));
  TENON_ASSIGN_OR_RETURN(ScheduleFile schedules, read(std::move(file)));
  if (!damage)
    schedules.ignored.push_back(Status::invalid(
        damage.where(),
        damage.what() + "; tuning records from here on are ignored"));
  return schedules;
}

Result<ScheduleFile> ScheduleFile::parse(std::string text, std::string name) {
  TENON_ASSIGN_OR_RETURN(TomlFile file,
                         TomlFile::parse(std::move(text), std::move(name)));
  return read(std::move(file));
}

std::vector<ScheduleFile> ScheduleFile::shipped() {
  return parseEmbedded<ScheduleFile>(shippedFiles);
}

Result<ScheduleFile> ScheduleFile::read(TomlFile file) {
  static const std::string rootKeys[] = {"kernel", "panel"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  ScheduleFile schedules;
  TENON_ASSIGN_OR_RETURN(auto panels, tablesOf(file, "panel"));
  for (const toml::table *table : panels) {
    auto record = readPanels(file, *table);
    if (record)
      schedules.panels.push_back(std::move(*record));
    else if (PanelRecord::isRecord(*table))
      schedules.ignore(record.takeStatus());
    else
      return record.takeStatus();
  }
  TENON_ASSIGN_OR_RETURN(auto kernels, tablesOf(file, "kernel"));
  for (const toml::table *table : kernels) {
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
Result<ScheduleAttr> ScheduleFile::merge(mlir::func::FuncOp kernel,
                                         const toml::table &table,
                                         const ScheduleSizes &sizes,
                                         ScheduleAttr chosen) const {
  auto pick = [](const std::vector<int64_t> &given,
                 llvm::ArrayRef<int64_t> own) {
    return given.empty() ? own : llvm::ArrayRef<int64_t>(given);
  };
  llvm::ArrayRef<int64_t> tile = pick(sizes.tile, chosen.getTile());
  llvm::ArrayRef<int64_t> block = pick(sizes.block, chosen.getBlock());
  std::string name = kernel.getName().str();
  std::string emitter = chosen.getEmitter().str();
  if (std::string wrong = whatCountIsWrong(emitter, tile, block);
      !wrong.empty())
    return file->error(table, concat(name, " (", emitter, ") ", wrong));
  ScheduleAttr schedule = withSizes(chosen, tile, block);
  Panels panels = panelsOf(kernel);
  if (std::string wrong = whatIsWrong(schedule, panels); !wrong.empty()) {
    bool isTile =
        sizes.block.empty() ||
        !whatIsWrong(withSizes(chosen, tile, chosen.getBlock()), panels)
             .empty();
    return file->error(*table.get(isTile ? "tile" : "block"),
                       concat(name, ": ", wrong));
  }
  return schedule;
}

Result<ScheduleAttr> ScheduleFile::apply(mlir::func::FuncOp kernel,
                                         const std::string &hash,
                                         const Target &target,
                                         ScheduleAttr chosen) {
  std::string name = kernel.getName().str();
  const Entry *last = nullptr;
  for (Entry &entry : entries) {
    if (!entry.target.empty() && entry.target != target.name)
      continue;
    // It was checked when it was read.
    if (llvm::cantFail(llvm::GlobPattern::create(entry.name)).match(name)) {
      entry.isKnown = true;
      last = &entry;
    }
  }
  if (last)
    return merge(kernel, *last->table, last->sizes, chosen);
  Record *best = nullptr;
  int bestRank = 1;
  for (Record &record : records) {
    if (record.record.hash != hash)
      continue;
    record.isKnown = true;
    // What was found for other code on this processor is a guess only.
    int rank = (record.record.target == target.name) +
               2 * (record.record.cpu == target.processor);
    if (rank >= bestRank) {
      best = &record;
      bestRank = rank;
    }
  }
  if (!best)
    return chosen;
  auto schedule = merge(kernel, *best->table, best->record.best, chosen);
  if (schedule)
    return schedule;
  ignore(schedule.takeStatus());
  return chosen;
}

std::optional<int64_t>
ScheduleFile::panelWidth(const PanelRecord &matrix,
                         llvm::ArrayRef<Target> targets) const {
  for (const PanelRecord &record : llvm::reverse(panels)) {
    auto counts = [&](const Target &target) {
      bool isMeant = record.target.empty() || record.target == target.name ||
                     (!record.cpu.empty() && record.cpu == target.processor);
      return isMeant && canRead(target, record.width);
    };
    if (record.width && record.isSameMatrix(matrix) &&
        llvm::all_of(targets, counts))
      return record.width;
  }
  return std::nullopt;
}

std::vector<Status> ScheduleFile::warnings() const {
  std::vector<Status> all = ignored;
  for (const Entry &entry : entries)
    if (!entry.isKnown)
      all.push_back(Status::invalid(
          file->error(*entry.table->get("name"), "").where(),
          concat("no kernel is called ", quote(entry.name),
                 entry.target.empty()
                     ? std::string()
                     : concat(" and compiled for ", quote(entry.target)),
                 "; this entry changes nothing")));
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
