//===- ScheduleSpace.cpp - the schedules there are ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/ScheduleSpace.h"

#include "support/Text.h"

#include "llvm/ADT/SmallVector.h"

using namespace tenon;
using namespace tenon::cpu;
using namespace mlir;

ScheduleAttr cpu::withSizes(ScheduleAttr schedule, ArrayRef<int64_t> tile,
                            ArrayRef<int64_t> block) {
  return ScheduleAttr::get(schedule.getContext(), schedule.getEmitter(),
                           schedule.getLanes(), tile, block, schedule.getFma(),
                           schedule.getDot());
}

std::string cpu::whatIsWrong(ScheduleAttr schedule) {
  StringRef emitter = schedule.getEmitter().getValue();
  ArrayRef<int64_t> tile = schedule.getTile();
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

//===----------------------------------------------------------------------===//
// Neighbours
//===----------------------------------------------------------------------===//

namespace {
/// How a size is stepped through.
enum class Step {
  Double, ///< Half of it, twice it.
  Leap,   ///< A quarter and four times as well.
  Some,   ///< One and two less or more.
  None    ///< The emitter makes no use of it.
};

struct EmitterSteps {
  StringRef emitter;
  ArrayRef<Step> tile, block;
};
} // namespace

// In the order of docs/Scheduling.md.
static constexpr Step matmulTile[] = {Step::Some, Step::Double, Step::Double};
static constexpr Step attentionTile[] = {Step::Double, Step::Double,
                                         Step::Double, Step::Double};
static constexpr Step none[] = {Step::None}, some[] = {Step::Some},
                      doubling[] = {Step::Double, Step::Double},
                      leap[] = {Step::Leap};
static const EmitterSteps emitterSteps[] = {
    {"pointwise", none, leap},
    {"rows", ArrayRef(doubling).take_front(1), leap},
    {"stencil", some, doubling},
    {"matmul", matmulTile, leap},
    {"attention", attentionTile, doubling}};

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
  }
  llvm_unreachable("unknown step");
}

/// Vectors that the innermost loop keeps, sums and operands.
static int64_t registersOf(ScheduleAttr schedule) {
  StringRef emitter = schedule.getEmitter().getValue();
  ArrayRef<int64_t> tile = schedule.getTile();
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
                                            const Target &target) {
  SmallVector<ScheduleAttr> found;
  // More sums than registers are never good, but where the chosen schedule has
  // some, so may its neighbours.
  int64_t most = std::max(target.registers, registersOf(schedule));
  auto add = [&](ArrayRef<int64_t> tile, ArrayRef<int64_t> block) {
    constexpr int64_t largestBlock = 1 << 16;
    for (int64_t size : tile)
      if (size < 1)
        return;
    for (int64_t size : block)
      if (size < 1 || size > largestBlock)
        return;
    ScheduleAttr next = withSizes(schedule, tile, block);
    if (whatIsWrong(next).empty() && registersOf(next) <= most &&
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
  stepThrough(block, it->block);
  stepThrough(tile, it->tile);
  if (it->emitter == "matmul") {
    // A step to fewer columns leaves registers for more rows, and back.
    for (int64_t columns : {tile[1] / 2, tile[1] * 2}) {
      int64_t vectors = columns / schedule.getLanes();
      if (vectors >= 1)
        add({std::min<int64_t>((target.registers - vectors - 1) / vectors, 16),
             columns, tile[2]},
            block);
    }
  }
  return found;
}
