//===- ScheduleFile.cpp - schedules that the user gives -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/ScheduleFile.h"

#include "support/Text.h"

#include "llvm/Support/GlobPattern.h"

using namespace tenon;
using namespace tenon::cpu;

static Result<std::vector<int64_t>> readSizes(const TomlFile &file,
                                              const toml::node &node) {
  std::vector<int64_t> sizes;
  const toml::array *list = node.as_array();
  if (!list)
    return file.error(node, "sizes are a list of integers");
  for (const toml::node &entry : *list) {
    auto size = entry.value_exact<int64_t>();
    constexpr int64_t largest = 1 << 20;
    if (!size || *size < 1 || *size > largest)
      return file.error(entry,
                        concat("a size is an integer in 1 .. ", largest));
    sizes.push_back(*size);
  }
  return sizes;
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
    static const std::string keys[] = {"name", "target", "tile", "block"};
    TENON_RETURN_IF_ERROR(file.checkKeys(*table, keys));
    Entry entry;
    auto name = (*table)["name"].value<std::string>();
    if (!name)
      return file.error(*table, "[[kernel]] needs a name");
    entry.name = *name;
    entry.target = (*table)["target"].value_or(std::string());
    entry.table = table;
    if (const toml::node *tile = table->get("tile")) {
      TENON_ASSIGN_OR_RETURN(entry.tile, readSizes(file, *tile));
    }
    if (const toml::node *block = table->get("block")) {
      TENON_ASSIGN_OR_RETURN(entry.block, readSizes(file, *block));
    }
    auto pattern = llvm::GlobPattern::create(entry.name);
    if (!pattern)
      return file.error(*table->get("name"),
                        llvm::toString(pattern.takeError()));
    schedules.entries.push_back(std::move(entry));
  }
  schedules.file = std::move(file);
  return schedules;
}

/// What the emitters need of tiles, beyond their number.
static std::string whatIsWrong(ScheduleAttr schedule) {
  llvm::StringRef emitter = schedule.getEmitter().getValue();
  llvm::ArrayRef<int64_t> tile = schedule.getTile();
  int64_t lanes = schedule.getLanes();
  if (emitter == "matmul") {
    if (tile[0] > 16)
      return "a tile has at most 16 rows";
    if (tile[1] % lanes != 0 || 32 % tile[1] != 0)
      return concat(
          "the columns of a tile must divide 32 and be a multiple of ", lanes);
    if (tile[2] > 16)
      return "k is unrolled at most 16 times";
  }
  if (emitter == "attention") {
    if (tile[0] > 16 || (tile[0] & (tile[0] - 1)))
      return "the queries of a tile must be 1, 2, 4, 8 or 16";
    if (schedule.getBlock()[1] % lanes != 0)
      return concat("the keys of a block must be a multiple of ", lanes);
    if (tile[1] > 8 || tile[2] > 8 || tile[3] > 16)
      return "a tile has at most 8 vectors of keys and of values, and is "
             "unrolled at most 16 times";
  }
  if (emitter == "stencil") {
    if (tile[0] > 16)
      return "a tile has at most 16 places";
    if (schedule.getBlock()[1] % lanes != 0)
      return concat("the channels of a block must be a multiple of ", lanes);
  }
  if (emitter == "rows" && tile[0] > 16)
    return "a row has at most 16 sums";
  return "";
}

Result<ScheduleAttr> ScheduleFile::apply(llvm::StringRef kernel,
                                         llvm::StringRef target,
                                         ScheduleAttr chosen) const {
  for (const Entry &entry : llvm::reverse(entries)) {
    if (!entry.target.empty() && entry.target != target)
      continue;
    auto pattern = llvm::GlobPattern::create(entry.name);
    if (!pattern || !pattern->match(kernel)) {
      if (!pattern)
        llvm::consumeError(pattern.takeError());
      continue;
    }
    auto pick = [](const std::vector<int64_t> &given,
                   llvm::ArrayRef<int64_t> own) {
      return given.empty() ? own : llvm::ArrayRef<int64_t>(given);
    };
    llvm::ArrayRef<int64_t> tile = pick(entry.tile, chosen.getTile());
    llvm::ArrayRef<int64_t> block = pick(entry.block, chosen.getBlock());
    if (tile.size() != chosen.getTile().size() ||
        block.size() != chosen.getBlock().size())
      return file->error(*entry.table,
                         concat(kernel.str(), " (", chosen.getEmitter().str(),
                                ") needs ", chosen.getTile().size(),
                                " sizes in tile and ", chosen.getBlock().size(),
                                " in block"));
    auto schedule = ScheduleAttr::get(chosen.getContext(), chosen.getEmitter(),
                                      chosen.getLanes(), tile, block,
                                      chosen.getFma(), chosen.getDot());
    if (std::string wrong = whatIsWrong(schedule); !wrong.empty())
      return file->error(
          *entry.table->get(entry.tile.empty() ? "block" : "tile"),
          concat(kernel.str(), ": ", wrong));
    return schedule;
  }
  return chosen;
}
