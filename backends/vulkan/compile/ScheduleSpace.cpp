//===- ScheduleSpace.cpp - the schedules there are ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/ScheduleSpace.h"

#include "dialect/Types.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

static bool usesMatrices(StringRef emitter) {
  return emitter.ends_with("-matrix");
}

static int64_t sharedFor(StringRef emitter, const BlockShape &block,
                         const Target &target) {
  if (emitter == "matmul")
    return block.sharedForProduct();
  if (emitter == "matmul-direct")
    return block.sharedForParts();
  if (emitter == "matmul-matrix")
    return block.sharedForMatrices(target.matrices.rows);
  if (emitter == "attention")
    return block.sharedForAttention();
  if (emitter == "attention-direct")
    return block.sharedForScores();
  if (emitter == "attention-matrix")
    return block.sharedForMatrixAttention();
  assert(emitter == "attention-codes" && "unknown emitter");
  return block.sharedForCodes();
}

static std::string whatIsWrongWithMatrices(const BlockShape &block,
                                           const MatrixUnit &unit) {
  if (block.threadRows % unit.rows || block.threadColumns % unit.columns ||
      block.depth % unit.depth)
    return "matrices must divide a subgroup's part of a block";
  // Then each thread has whole vectors of sums, in rows as far apart.
  int64_t threads = unit.threads(block), across = block.columns / quad;
  if (threads % across || block.rows % (threads / across) ||
      unit.rows % (threads / across))
    return concat("a workgroup's threads, ", threads,
                  ", can't share a block evenly");
  return "";
}

static std::string whatIsWrongWithMatrixAttention(const BlockShape &block,
                                                  const MatrixUnit &unit) {
  // Each subgroup has matrices of the same rows, and as many columns.
  int64_t down = block.rows / unit.rows;
  int64_t across = block.threads() / unit.subgroup / std::max<int64_t>(down, 1);
  int64_t wide = across * unit.columns;
  if (block.rows % unit.rows || !across ||
      down * across * unit.subgroup != block.threads() ||
      block.columns % wide || block.depth % wide ||
      block.columns % unit.depth || block.depth % unit.depth)
    return "matrices must divide a block of attention among its subgroups";
  return "";
}

std::string vulkan::whatIsWrong(StringRef emitter, const BlockShape &block,
                                const Target &target) {
  for (int64_t size : {block.rows, block.columns, block.depth, block.threadRows,
                       block.threadColumns, block.parts})
    if (size < 1 || size > 1024)
      return "a block's numbers lie in 1 .. 1024";
  if (block.rows % block.threadRows || block.columns % block.threadColumns)
    return "a thread's part must divide the block";
  if (block.threadColumns % quad || block.depth % quad)
    return "depth and a thread's columns must be multiples of 4";
  const MatrixUnit &unit = target.matrices;
  int64_t threads =
      emitter == "matmul-matrix" ? unit.threads(block) : block.threads();
  if (threads > target.threads)
    return concat("a block needs ", threads, " threads, more than the ",
                  target.threads, " of a workgroup");
  if (int64_t shared = sharedFor(emitter, block, target);
      shared > target.sharedBytes)
    return concat("a block needs ", shared,
                  " bytes of shared memory, more "
                  "than the ",
                  target.sharedBytes, " of a workgroup");
  if (block.parts > 1 && block.rows * block.columns / quad > threads)
    return "a block that shares the depth has more sums than threads add up";
  if (emitter == "matmul-matrix")
    return whatIsWrongWithMatrices(block, unit);
  if (!emitter.starts_with("attention"))
    return "";
  if (threads < std::max(block.rows, block.depth / quad))
    return "a block of attention needs a thread for each row and each vector "
           "of the depth";
  // Sums of that many weights and codes are numbers of 32 bits.
  if (emitter == "attention-codes" && block.columns > 512)
    return "a block of attention has 512 keys at most";
  return emitter == "attention-matrix"
             ? whatIsWrongWithMatrixAttention(block, unit)
             : "";
}

BlockShape vulkan::blockOf(ScheduleAttr schedule) {
  ArrayRef<int64_t> tile = schedule.getTile(), block = schedule.getBlock();
  BlockShape shape{block[0], block[1], block[2], tile[0], tile[1]};
  if (schedule.getEmitter() == "matmul-direct" && tile.size() > 2)
    shape.parts = tile[2];
  return shape;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

FailureOr<ScheduleSpace> ScheduleSpace::analyze(func::FuncOp kernel,
                                                const Target &target) {
  auto shape = KernelShape::analyze(kernel);
  if (failed(shape))
    return failure();
  return ScheduleSpace(kernel, target, std::move(*shape));
}

ScheduleSpace::ScheduleSpace(func::FuncOp kernel, const Target &target,
                             KernelShape shape)
    : context(kernel.getContext()), target(&target),
      kernelShape(std::move(shape)) {
  if (AttentionOp op = kernelShape.attention) {
    isOfHalves = op.getFactors() == Factors::fp16;
    isOfCodes = op.getFactors() == Factors::codes;
  }
  MatmulOp op = kernelShape.matmul;
  if (!op)
    return;
  auto left = getElementType(op.getLhs().getType());
  auto right = getElementType(op.getRhs().getType());
  isOfHalves =
      left.isF16() && right.isF16() && getElementType(op.getType()).isF32();
  SmallVector<DimAttr> dims = getDims(op.getRhs());
  isOfPackedBytes = op.getColumns() && dims.size() == 4 &&
                    dims[3] == getConstantDim(context, quad) &&
                    left.isInteger(8) && right.isInteger(8);
}

std::vector<StringRef> ScheduleSpace::emitters() const {
  if (!hasBlocks() && !kernelShape.rows)
    return {"pointwise"};
  if (!hasBlocks())
    return kernelShape.rows->alongReduced && target->subgroup.addsUp
               ? std::vector<StringRef>{"rows", "rows-subgroup",
                                        "rows-workgroup"}
               : std::vector<StringRef>{"rows"};
  if (isOfCodes)
    return {"attention-codes"};
  std::vector<StringRef> names;
  if (kernelShape.matmul)
    names = {"matmul", "matmul-direct"};
  else
    names = {"attention", "attention-direct"};
  if (isOfHalves && target->matrices)
    names.push_back(kernelShape.matmul ? "matmul-matrix" : "attention-matrix");
  return names;
}

std::vector<BlockShape> ScheduleSpace::blocksOf(StringRef emitter) const {
  std::vector<BlockShape> blocks;
  auto add = [&](const std::vector<BlockShape> &list) {
    llvm::copy_if(list, std::back_inserter(blocks), [&](const BlockShape &b) {
      return whatIsWrong(emitter, b, *target).empty();
    });
  };
  bool isProduct = kernelShape.matmul;
  if (usesMatrices(emitter)) {
    add(isProduct ? target->matrices.blocks : target->matrices.attention);
    return blocks;
  }
  add(isProduct ? target->matmul : target->attention);
  if (emitter.ends_with("-direct"))
    add(isProduct ? target->fewRows : target->fewQueries);
  return blocks;
}

DotUnit ScheduleSpace::dotOf(StringRef emitter) const {
  if (usesMatrices(emitter))
    return DotUnit::Matrix;
  return target->dots && (isOfPackedBytes || isOfCodes) ? DotUnit::Vector
                                                        : DotUnit::None;
}

ScheduleAttr ScheduleSpace::make(StringRef emitter,
                                 const BlockShape &block) const {
  SmallVector<int64_t> tile{block.threadRows, block.threadColumns};
  const MatrixUnit &unit = target->matrices;
  if (usesMatrices(emitter))
    tile.append({unit.subgroup, unit.rows, unit.columns, unit.depth});
  else if (block.parts > 1)
    tile.push_back(block.parts);
  int64_t sizes[] = {block.rows, block.columns, block.depth};
  return ScheduleAttr::get(context, StringAttr::get(context, emitter), quad,
                           tile, sizes, /*fma=*/true, dotOf(emitter));
}

ScheduleAttr ScheduleSpace::make(StringRef emitter, int64_t lanes,
                                 ArrayRef<int64_t> tile,
                                 ArrayRef<int64_t> block) const {
  return ScheduleAttr::get(context, StringAttr::get(context, emitter), lanes,
                           tile, block, /*fma=*/true, DotUnit::None);
}

//===----------------------------------------------------------------------===//
// What is asked for
//===----------------------------------------------------------------------===//

static ArrayRef<int64_t> orOwn(const std::vector<int64_t> &asked,
                               ArrayRef<int64_t> own) {
  return asked.empty() ? own : ArrayRef<int64_t>(asked);
}

/// A mistake in what is asked for, with the target that it is one for: others
/// may have room for it.
static Status mistake(const char *key, const Target &target,
                      const std::string &what) {
  return Status::invalid(key, concat(what, " (target ", target.name, ")"));
}

Result<ScheduleAttr>
ScheduleSpace::followBlock(ScheduleAttr own, StringRef emitter,
                           const ScheduleSizes &asked) const {
  // What isn't asked for stays, as far as that is possible.
  BlockShape block = blockOf(own);
  if (emitter != "matmul-direct")
    block.parts = 1;
  if (usesMatrices(emitter) != usesMatrices(own.getEmitter().getValue()) ||
      !whatIsWrong(emitter, block, *target).empty())
    if (auto blocks = blocksOf(emitter); !blocks.empty())
      block = blocks.front();
  ScheduleAttr start = make(emitter, block);
  ArrayRef<int64_t> tile = orOwn(asked.tile, start.getTile());
  ArrayRef<int64_t> sizes = orOwn(asked.block, start.getBlock());
  if (sizes.size() != 3)
    return mistake("block", *target,
                   concat(emitter.str(), " needs 3 sizes in "
                                         "block"));
  block = {sizes[0], sizes[1], sizes[2], 0, 0};
  if (usesMatrices(emitter)) {
    // Those of the matrices are the target's.
    if (tile.size() != 2 &&
        (tile.size() != 6 ||
         tile.drop_front(2) != start.getTile().drop_front(2)))
      return mistake("tile", *target,
                     concat(emitter.str(), " needs rows and columns of a "
                                           "subgroup in tile, and perhaps the "
                                           "target's own matrices"));
  } else if (tile.size() == 3 && emitter == "matmul-direct") {
    block.parts = tile[2];
  } else if (tile.size() != 2) {
    return mistake("tile", *target,
                   concat(emitter.str(), " needs 2 ",
                          emitter == "matmul-direct" ? "or 3 " : "",
                          "sizes in tile"));
  }
  block.threadRows = tile[0];
  block.threadColumns = tile[1];
  if (std::string wrong = whatIsWrong(emitter, block, *target); !wrong.empty())
    return mistake(!asked.tile.empty()    ? "tile"
                   : !asked.block.empty() ? "block"
                                          : "emitter",
                   *target, wrong);
  return make(emitter, block);
}

Status ScheduleSpace::checkThreads(StringRef emitter, ArrayRef<int64_t> tile,
                                   ArrayRef<int64_t> block) const {
  size_t tiles = emitter != "pointwise";
  size_t blocks = emitter == "pointwise" || emitter == "rows";
  if (block.size() != blocks)
    return mistake("block", *target,
                   concat(emitter.str(), " needs ", blocks ? "1 size" : "none",
                          " in block"));
  if (tile.size() != tiles)
    return mistake("tile", *target,
                   concat(emitter.str(), " needs ", tiles ? "1 size" : "none",
                          " in tile"));
  const Subgroup &subgroup = target->subgroup;
  if (emitter == "rows-subgroup")
    return tile[0] == subgroup.most
               ? Status::ok()
               : mistake("tile", *target,
                         concat("the target's subgroups have ", subgroup.most,
                                " threads at most"));
  int64_t team = tiles ? tile[0] : 1, teams = blocks ? block[0] : 1;
  bool isTeam = tiles && kernelShape.rows->alongReduced;
  if (team < 1 || !llvm::isPowerOf2_64(team) || (team > 1 && !isTeam))
    return mistake("tile", *target,
                   isTeam ? "a row has 1, 2, 4, 8 .. threads"
                          : "rows that are neighbours have a thread each");
  if (teams < 1 || team * teams > target->threads)
    return mistake(blocks ? "block" : "tile", *target,
                   concat("a workgroup has 1 .. ", target->threads,
                          " threads, not ", team * teams));
  return Status::ok();
}

ScheduleAttr ScheduleSpace::makeThreads(ScheduleAttr own,
                                        StringRef emitter) const {
  if (own.getEmitter() == emitter)
    return own;
  int64_t team = emitter == "rows-subgroup"
                     ? target->subgroup.most
                     : std::min(own.getTile()[0], target->threads);
  if (emitter == "rows")
    return make(emitter, own.getLanes(), {team}, {target->threads / team});
  return make(emitter, own.getLanes(), {team}, {});
}

Result<ScheduleAttr>
ScheduleSpace::followThreads(ScheduleAttr own, StringRef emitter,
                             const ScheduleSizes &asked) const {
  ScheduleAttr start = makeThreads(own, emitter);
  ArrayRef<int64_t> tile = orOwn(asked.tile, start.getTile());
  ArrayRef<int64_t> block = orOwn(asked.block, start.getBlock());
  TENON_RETURN_IF_ERROR(checkThreads(emitter, tile, block));
  return make(emitter, own.getLanes(), tile, block);
}

Result<ScheduleAttr> ScheduleSpace::follow(ScheduleAttr own,
                                           const ScheduleSizes &asked) const {
  StringRef emitter = asked.emitter.empty() ? own.getEmitter().getValue()
                                            : StringRef(asked.emitter);
  std::vector<StringRef> known = emitters();
  if (!llvm::is_contained(known, emitter)) {
    std::vector<std::string> names(known.begin(), known.end());
    return mistake("emitter", *target,
                   concat("there is no emitter ", quote(emitter.str()),
                          " for this kernel, but ", join(names, ", ")));
  }
  return hasBlocks() ? followBlock(own, emitter, asked)
                     : followThreads(own, emitter, asked);
}
