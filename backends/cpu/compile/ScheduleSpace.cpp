//===- ScheduleSpace.cpp - the schedules there are ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/ScheduleSpace.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "support/Text.h"

#include "llvm/ADT/SmallVector.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

Panels cpu::panelsOf(func::FuncOp kernel) {
  for (auto op : kernel.getOps<MatmulOp>())
    if (op.getColumns()) {
      SmallVector<DimAttr> dims = getDims(op.getRhs());
      return {*dims[2].asConstant(), *dims[0].asConstant()};
    }
  return {};
}

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

SizeCounts cpu::sizeCountsOf(StringRef emitter) {
  if (emitter == "matmul")
    return {3, 1, 4, 2};
  if (emitter == "attention")
    return {4, 2, 4, 2};
  if (emitter == "stencil")
    return {1, 2, 1, 3};
  return {};
}

/// How many sizes an emitter needs, if these are too few or too many; else
/// empty. whatIsWrong() may be asked only of as many as it takes.
static std::string whatCountIsWrong(StringRef emitter, ArrayRef<int64_t> tile,
                                    ArrayRef<int64_t> block) {
  SizeCounts counts = sizeCountsOf(emitter);
  if (tile.size() >= counts.tile && tile.size() <= counts.mostOfTile &&
      block.size() >= counts.block && block.size() <= counts.mostOfBlock)
    return "";
  auto range = [](size_t least, size_t most) {
    return least == most ? concat(least) : concat(least, " or ", most);
  };
  return concat(emitter.str(), " needs ", range(counts.tile, counts.mostOfTile),
                " sizes in tile and ", range(counts.block, counts.mostOfBlock),
                " in block");
}

/// What the size behind those that an emitter needs is, if it is left out.
static int64_t optionalSize(ArrayRef<int64_t> sizes, size_t needed,
                            int64_t otherwise) {
  return sizes.size() > needed ? sizes[needed] : otherwise;
}

int64_t cpu::linesAheadOf(ScheduleAttr schedule) {
  return optionalSize(schedule.getTile(),
                      sizeCountsOf(schedule.getEmitter()).tile, linesAhead);
}

int64_t cpu::groupOf(ScheduleAttr schedule) {
  return optionalSize(schedule.getBlock(),
                      sizeCountsOf(schedule.getEmitter()).block, allPanels);
}

ScheduleAttr cpu::withSizes(ScheduleAttr schedule, ArrayRef<int64_t> tile,
                            ArrayRef<int64_t> block) {
  SizeCounts counts = sizeCountsOf(schedule.getEmitter());
  if (tile.size() > counts.tile && tile.back() == linesAhead)
    tile = tile.drop_back();
  if (block.size() > counts.block && block.back() == allPanels)
    block = block.drop_back();
  return ScheduleAttr::get(schedule.getContext(), schedule.getEmitter(),
                           schedule.getLanes(), tile, block, schedule.getFma(),
                           schedule.getDot());
}

bool cpu::canRead(const Target &target, int64_t panelWidth) {
  // Units that multiply matrices take two tiles of 16 columns at once.
  bool usesUnit =
      target.dotBytes == DotUnit::Matrix || target.dotBFloat == DotUnit::Matrix;
  return panelWidth % (usesUnit ? 32 : target.lanes()) == 0;
}

std::string cpu::whatIsWrong(ScheduleAttr schedule, const Panels &panels) {
  StringRef emitter = schedule.getEmitter().getValue();
  ArrayRef<int64_t> tile = schedule.getTile();
  ArrayRef<int64_t> block = schedule.getBlock();
  int64_t lanes = schedule.getLanes();
  SizeCounts counts = sizeCountsOf(emitter);
  if (llvm::is_contained(tile.take_front(counts.tile), 0) ||
      llvm::is_contained(block.take_front(counts.block), 0))
    return "only lines fetched ahead and the size of a group may be 0";
  if (emitter == "matmul") {
    int64_t width = panels.width ? panels.width : 32;
    if (schedule.getDot() == DotUnit::Matrix) {
      if ((tile[0] != 16 && tile[0] != 32) || tile[1] != 32 || tile[2] != 1)
        return "a unit that multiplies matrices takes 16 or 32 rows, 32 "
               "columns and one step";
    } else if (tile[0] > 16)
      return "a tile has at most 16 rows";
    if (tile[1] % lanes != 0 || width % tile[1] != 0)
      return concat("the columns of a tile must divide ", width,
                    " and be a multiple of ", lanes);
    if (tile[2] > 16)
      return "k is unrolled at most 16 times";
    if (linesAheadOf(schedule) > 1024)
      return "at most 1024 lines are fetched ahead";
  }
  if (emitter == "attention") {
    if (tile[0] > 16 || (tile[0] & (tile[0] - 1)))
      return "the queries of a tile must be 1, 2, 4, 8 or 16";
    bool usesUnit = schedule.getDot() == DotUnit::Matrix;
    if (usesUnit && (tile[0] != 16 || tile[3] != 1))
      return "a unit that multiplies matrices takes 16 queries and one step";
    int64_t keys = usesUnit ? 64 : lanes;
    if (schedule.getBlock()[1] % keys != 0)
      return concat("the keys of a block must be a multiple of ", keys);
    if (tile[1] > 8 || tile[2] > 8 || tile[3] > 16)
      return "a tile has at most 8 vectors of keys and of values, and is "
             "unrolled at most 16 times";
  }
  if (emitter == "stencil") {
    if (tile[0] > 16)
      return "a tile has at most 16 places";
    if (groupOf(schedule) > 1)
      return "the third size of a block is 1 (places before channels) or 0";
    if (schedule.getBlock()[1] % lanes != 0)
      return concat("the channels of a block must be a multiple of ", lanes);
  }
  if (emitter == "rows" && tile[0] > 16)
    return "a row has at most 16 sums";
  return "";
}

Result<ScheduleAttr> cpu::followSizes(ScheduleAttr own,
                                      const ScheduleSizes &asked,
                                      const Panels &panels) {
  StringRef emitter = own.getEmitter().getValue();
  if (!asked.emitter.empty() && asked.emitter != emitter)
    return Status::invalid("emitter",
                           concat("is for emitter ", quote(emitter.str()),
                                  ", and no other has code for it"));
  auto pick = [](const std::vector<int64_t> &given, ArrayRef<int64_t> its) {
    return given.empty() ? its : ArrayRef<int64_t>(given);
  };
  ArrayRef<int64_t> tile = pick(asked.tile, own.getTile());
  ArrayRef<int64_t> block = pick(asked.block, own.getBlock());
  if (std::string wrong = whatCountIsWrong(emitter, tile, block);
      !wrong.empty())
    return Status::invalid("", wrong);
  ScheduleAttr schedule = withSizes(own, tile, block);
  std::string wrong = whatIsWrong(schedule, panels);
  if (wrong.empty())
    return schedule;
  bool isTile =
      asked.block.empty() ||
      !whatIsWrong(withSizes(own, tile, own.getBlock()), panels).empty();
  return Status::invalid(isTile ? "tile" : "block", wrong);
}

//===----------------------------------------------------------------------===//
// Neighbours
//===----------------------------------------------------------------------===//

namespace {
/// How a size is stepped through.
enum class Step {
  Double, ///< Half of it, twice it.
  Leap,   ///< A quarter and four times as well.
  Some,   ///< One and two less or more.
  Ahead,  ///< None at all; a quarter and four times.
  Group,  ///< All at once; one; a quarter and four times.
  None    ///< The emitter makes no use of it.
};

struct EmitterSteps {
  StringRef emitter;
  ArrayRef<Step> tile, block;
  ArrayRef<Step> unitTile = {}; ///< With a unit that multiplies matrices.
};
} // namespace

// In the order of docs/Scheduling.md.
static constexpr Step matmulTile[] = {Step::Some, Step::Double, Step::Double,
                                      Step::Ahead};
static constexpr Step matmulUnitTile[] = {Step::Double, Step::None, Step::None,
                                          Step::Ahead};
static constexpr Step matmulBlock[] = {Step::Leap, Step::Group};
static constexpr Step stencilBlock[] = {Step::Double, Step::Double,
                                        Step::Group};
static constexpr Step attentionTile[] = {Step::Double, Step::Double,
                                         Step::Double, Step::Double};
static constexpr Step attentionUnitTile[] = {Step::None, Step::Double,
                                             Step::Double, Step::None};
static constexpr Step none[] = {Step::None}, some[] = {Step::Some},
                      doubling[] = {Step::Double, Step::Double},
                      leap[] = {Step::Leap};
static const EmitterSteps emitterSteps[] = {
    {"pointwise", none, leap},
    {"rows", ArrayRef(doubling).take_front(1), leap},
    {"stencil", some, stencilBlock},
    {"matmul", matmulTile, matmulBlock, matmulUnitTile},
    {"attention", attentionTile, doubling, attentionUnitTile}};

static SmallVector<int64_t> stepsFrom(int64_t size, Step step) {
  switch (step) {
  case Step::None:
    return {};
  case Step::Some:
    return {size - 1, size + 1, size - 2, size + 2};
  case Step::Double:
    return {size / 2, size * 2};
  case Step::Leap:
    return {size / 2, size * 2, size / 4, size * 4};
  case Step::Ahead:
    if (size == 0)
      return {linesAhead};
    return {0, size / 4, size * 4};
  case Step::Group:
    if (size == allPanels)
      return {1, 4, 16};
    return {allPanels, 1, size / 4, size * 4};
  }
  llvm_unreachable("unknown step");
}

/// Vectors that the innermost loop keeps, sums and operands.
static int64_t registersOf(ScheduleAttr schedule) {
  StringRef emitter = schedule.getEmitter().getValue();
  ArrayRef<int64_t> tile = schedule.getTile();
  if (schedule.getDot() == DotUnit::Matrix)
    return 0; // It has registers of its own.
  if (emitter == "matmul") {
    int64_t vectors = tile[1] / schedule.getLanes();
    return tile[0] * vectors + vectors + 1;
  }
  if (emitter == "attention") {
    int64_t vectors = std::max(tile[1], tile[2]);
    return tile[0] * vectors + vectors + 1;
  }
  return tile[0];
}

SmallVector<ScheduleAttr> cpu::neighboursOf(ScheduleAttr schedule,
                                            const Panels &panels,
                                            const Target &target) {
  SmallVector<ScheduleAttr> found;
  // More sums than registers are never good, but where the chosen schedule has
  // some, so may its neighbours.
  int64_t most = std::max(target.registers, registersOf(schedule));
  auto add = [&](ArrayRef<int64_t> tile, ArrayRef<int64_t> block) {
    constexpr int64_t largestBlock = 1 << 16;
    auto isNegative = [](int64_t size) { return size < 0; };
    if (llvm::any_of(tile, isNegative) || llvm::any_of(block, isNegative) ||
        llvm::any_of(block, [](int64_t size) { return size > largestBlock; }))
      return;
    ScheduleAttr next = withSizes(schedule, tile, block);
    // A group of all panels is no group.
    if (panels.count && groupOf(next) >= panels.count)
      next = withSizes(schedule, tile, block.take_front(1));
    if (whatIsWrong(next, panels).empty() && registersOf(next) <= most &&
        next != schedule && !llvm::is_contained(found, next))
      found.push_back(next);
  };
  auto it = llvm::find_if(emitterSteps, [&](const EmitterSteps &steps) {
    return steps.emitter == schedule.getEmitter().getValue();
  });
  if (it == std::end(emitterSteps))
    return found;
  SmallVector<int64_t> tile = llvm::to_vector(schedule.getTile());
  SmallVector<int64_t> block = llvm::to_vector(schedule.getBlock());
  // Packed panels come from memory, in an order that can be chosen.
  SizeCounts counts = sizeCountsOf(it->emitter);
  if (panels.count && tile.size() < counts.mostOfTile)
    tile.push_back(linesAhead);
  if ((panels.count || it->emitter == "stencil") &&
      block.size() < counts.mostOfBlock)
    block.push_back(allPanels);
  auto stepThrough = [&](SmallVector<int64_t> &sizes, ArrayRef<Step> steps) {
    for (size_t i = 0; i < std::min(sizes.size(), steps.size()); ++i) {
      int64_t size = sizes[i];
      for (int64_t next : stepsFrom(size, steps[i])) {
        sizes[i] = next;
        add(tile, block);
      }
      sizes[i] = size;
    }
  };
  bool usesUnit = schedule.getDot() == DotUnit::Matrix;
  stepThrough(block, it->block);
  stepThrough(tile, usesUnit ? it->unitTile : it->tile);
  if (it->emitter == "matmul" && !usesUnit) {
    // A step to fewer columns leaves registers for more rows, and back.
    for (int64_t columns : {tile[1] / 2, tile[1] * 2}) {
      int64_t vectors = columns / schedule.getLanes();
      if (vectors >= 1) {
        SmallVector<int64_t> other = tile;
        other[0] =
            std::min<int64_t>((target.registers - vectors - 1) / vectors, 16);
        other[1] = columns;
        add(other, block);
      }
    }
  }
  return found;
}
