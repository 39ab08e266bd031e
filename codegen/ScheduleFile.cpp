//===- ScheduleFile.cpp - schedules that are given ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/ScheduleFile.h"

#include "support/Text.h"

#include "llvm/Support/GlobPattern.h"

using namespace tenon;

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

Status ScheduleFile::readKernel(const TomlFile &from,
                                const toml::table &table) {
  if (TuningRecord::isRecord(table)) {
    auto record = TuningRecord::parse(from, table);
    if (record)
      records.push_back({std::move(*record), &table});
    else
      ignore(record.takeStatus());
    return Status::ok();
  }
  static const std::string keys[] = {"name", "target", "emitter", "tile",
                                     "block"};
  TENON_RETURN_IF_ERROR(from.checkKeys(table, keys));
  Entry entry;
  auto name = table["name"].value<std::string>();
  if (!name)
    return from.error(table, "[[kernel]] needs a name");
  entry.name = *name;
  TomlReader reader(from, table);
  reader.optional("target", entry.target);
  TENON_RETURN_IF_ERROR(reader.status);
  entry.table = &table;
  TENON_ASSIGN_OR_RETURN(entry.sizes, readSizes(from, table));
  auto pattern = llvm::GlobPattern::create(entry.name);
  if (!pattern)
    return from.error(*table.get("name"), llvm::toString(pattern.takeError()));
  entries.push_back(std::move(entry));
  return Status::ok();
}

Result<ScheduleFile> ScheduleFile::read(TomlFile file) {
  static const std::string rootKeys[] = {"kernel", "panel"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  ScheduleFile schedules;
  TENON_ASSIGN_OR_RETURN(auto panels, tablesOf(file, "panel"));
  for (const toml::table *table : panels) {
    auto record = readPanels(file, *table);
    if (record)
      schedules.panels.push_back({std::move(*record), table});
    else if (PanelRecord::isRecord(*table))
      schedules.ignore(record.takeStatus());
    else
      return record.takeStatus();
  }
  TENON_ASSIGN_OR_RETURN(auto kernels, tablesOf(file, "kernel"));
  for (const toml::table *table : kernels)
    TENON_RETURN_IF_ERROR(schedules.readKernel(file, *table));
  schedules.file = std::move(file);
  return schedules;
}

Status ScheduleFile::check(const std::string &path,
                           llvm::ArrayRef<ScheduleTarget> targets,
                           llvm::ArrayRef<std::string> others) {
  TENON_ASSIGN_OR_RETURN(ScheduleFile file, load(path));
  return file.checkTargets(targets, others);
}

static std::vector<std::string>
namesOf(llvm::ArrayRef<ScheduleTarget> targets) {
  std::vector<std::string> names;
  for (const ScheduleTarget &target : targets)
    names.push_back(target.name);
  return names;
}

Status ScheduleFile::checkTargets(llvm::ArrayRef<ScheduleTarget> targets,
                                  llvm::ArrayRef<std::string> others) const {
  const toml::node *first = nullptr;
  std::string firstTarget;
  auto isForOthers = [&](const std::string &name, const std::string &processor,
                         const toml::table &table) {
    bool counts =
        name.empty() || llvm::is_contained(others, name) ||
        llvm::any_of(targets, [&](const ScheduleTarget &target) {
          return name == target.name ||
                 (!processor.empty() && processor == target.processor);
        });
    if (!counts && !first) {
      first = table.get("target");
      firstTarget = name;
    }
    return !counts;
  };
  bool all =
      llvm::all_of(entries,
                   [&](const Entry &entry) {
                     return isForOthers(entry.target, "", *entry.table);
                   }) &&
      llvm::all_of(records,
                   [&](const Record &record) {
                     return isForOthers(record.record.target, record.record.cpu,
                                        *record.table);
                   }) &&
      llvm::all_of(panels, [&](const Panel &panel) {
        return isForOthers(panel.record.target, panel.record.cpu, *panel.table);
      });
  if (!all || !first)
    return Status::ok();
  std::vector<std::string> names = namesOf(targets);
  llvm::append_range(names, others);
  return file->error(*first,
                     concat("nothing here is for a target that is compiled "
                            "for: this is for ",
                            quote(firstTarget), ", and those are ",
                            join(names, ", ")));
}

/// At the key that `wrong` names, or if the entry hasn't that, at the entry.
Status ScheduleFile::errorAt(const toml::table &table,
                             const std::string &kernel,
                             const Status &wrong) const {
  const toml::node *node = table.get(wrong.where());
  return file->error(node ? *node : table, concat(kernel, ": ", wrong.what()));
}

Result<ScheduleAttr> ScheduleFile::apply(mlir::func::FuncOp kernel,
                                         const std::string &hash,
                                         const ScheduleTarget &target,
                                         ScheduleAttr chosen,
                                         FollowSizes follow) {
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
  if (last) {
    auto schedule = follow(last->sizes);
    if (!schedule)
      return errorAt(*last->table, name, schedule.status());
    return schedule;
  }
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
  auto schedule = follow(best->record.best);
  if (schedule)
    return schedule;
  ignore(errorAt(*best->table, name, schedule.status()));
  return chosen;
}

std::optional<int64_t> ScheduleFile::panelWidth(
    const PanelRecord &matrix, llvm::ArrayRef<ScheduleTarget> targets,
    llvm::function_ref<bool(int64_t width)> canRead) const {
  for (const Panel &panel : llvm::reverse(panels)) {
    const PanelRecord &record = panel.record;
    auto isMeant = [&](const ScheduleTarget &target) {
      return record.target.empty() || record.target == target.name ||
             (!record.cpu.empty() && record.cpu == target.processor);
    };
    if (record.width && record.isSameMatrix(matrix) &&
        llvm::all_of(targets, isMeant) && canRead(record.width))
      return record.width;
  }
  return std::nullopt;
}

void ScheduleFile::ignorePanels(llvm::ArrayRef<ScheduleTarget> targets) {
  for (const Panel &panel : panels)
    if (panel.record.target.empty() ||
        llvm::any_of(targets, [&](const ScheduleTarget &target) {
          return target.name == panel.record.target;
        })) {
      Status place = file->error(*panel.table, "");
      ignored.push_back(Status::invalid(
          place.where(),
          concat("panels for ", join(namesOf(targets), ", "),
                 " have one width; this entry changes nothing")));
    }
}

std::vector<Status>
ScheduleFile::warnings(llvm::ArrayRef<std::string> others) const {
  std::vector<Status> all = ignored;
  for (const Entry &entry : entries)
    if (!entry.isKnown && !llvm::is_contained(others, entry.target))
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
