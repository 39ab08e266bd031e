//===- ScheduleSteps.cpp - schedules that are worth trying ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/ScheduleSpace.h"

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

/// Sums that a thread keeps, and with the steps that are unrolled what it does
/// in one round of a loop: drivers take long for more, which was never good.
static constexpr int64_t mostSums = 256, mostUnrolled = 4096;

static int64_t sumsOf(const BlockShape &block) {
  return block.threadRows * block.threadColumns;
}

/// Blocks with a step to more and to less of a size, or of a thread's part with
/// it, so that as many threads remain.
static std::vector<BlockShape> stepsFrom(const BlockShape &block) {
  std::vector<BlockShape> blocks;
  using Size = int64_t BlockShape::*;
  auto add = [&](ArrayRef<Size> sizes) {
    BlockShape less = block, more = block;
    for (Size size : sizes) {
      less.*size /= 2;
      more.*size *= 2;
    }
    blocks.push_back(more);
    blocks.push_back(less);
  };
  add(&BlockShape::rows);
  add(&BlockShape::columns);
  add(&BlockShape::depth);
  add({&BlockShape::rows, &BlockShape::threadRows});
  add({&BlockShape::columns, &BlockShape::threadColumns});
  add(&BlockShape::threadRows);
  add(&BlockShape::threadColumns);
  add(&BlockShape::parts);
  return blocks;
}

std::vector<ScheduleAttr>
ScheduleSpace::blocksNextTo(ScheduleAttr schedule) const {
  std::vector<ScheduleAttr> found;
  auto add = [&](StringRef emitter, const BlockShape &block) {
    if (whatIsWrong(emitter, block, *target).empty())
      found.push_back(make(emitter, block));
  };
  StringRef emitter = schedule.getEmitter().getValue();
  BlockShape block = blockOf(schedule);
  for (StringRef other : emitters()) {
    for (const BlockShape &own : blocksOf(other))
      add(other, own);
    // The same block, if that is one of both.
    if (other != emitter && block.parts == 1)
      add(other, block);
  }
  int64_t sums = std::max(sumsOf(block), mostSums);
  int64_t unrolled = std::max(sumsOf(block) * block.depth, mostUnrolled);
  for (const BlockShape &next : stepsFrom(block)) {
    // What subgroups share has other bounds: those of matrices.
    bool isSmall =
        schedule.getDot() == DotUnit::Matrix ||
        (sumsOf(next) <= sums &&
         (emitter != "matmul-direct" || sumsOf(next) * next.depth <= unrolled));
    if (isSmall && (next.parts == 1 || emitter == "matmul-direct"))
      add(emitter, next);
  }
  return found;
}

std::vector<ScheduleAttr>
ScheduleSpace::threadsNextTo(ScheduleAttr schedule) const {
  std::vector<ScheduleAttr> found;
  auto add = [&](StringRef emitter, ArrayRef<int64_t> tile,
                 ArrayRef<int64_t> block) {
    if (checkThreads(emitter, tile, block))
      found.push_back(make(emitter, schedule.getLanes(), tile, block));
  };
  for (StringRef emitter : emitters()) {
    ScheduleAttr start = makeThreads(schedule, emitter);
    ArrayRef<int64_t> tile = start.getTile(), block = start.getBlock();
    add(emitter, tile, block);
    if (!block.empty()) {
      add(emitter, tile, block[0] * 2);
      add(emitter, tile, block[0] / 2);
    }
    if (tile.empty())
      continue;
    for (int64_t team : {tile[0] * 2, tile[0] / 2}) {
      add(emitter, team, block);
      // As many threads in a workgroup as there may be.
      if (!block.empty() && team)
        add(emitter, team, std::max<int64_t>(target->threads / team, 1));
    }
  }
  return found;
}

std::vector<ScheduleAttr>
ScheduleSpace::neighboursOf(ScheduleAttr schedule) const {
  std::vector<ScheduleAttr> found;
  for (ScheduleAttr next :
       hasBlocks() ? blocksNextTo(schedule) : threadsNextTo(schedule))
    if (next != schedule && !llvm::is_contained(found, next))
      found.push_back(next);
  return found;
}
