//===- Results.cpp - where a kernel's results go --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Results.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

/// Collects the ops from `anchor` to `value`, nearest to the anchor first.
/// Returns how many ways lead from one to the other.
static unsigned collectPath(Value anchor, Value value,
                            SmallVectorImpl<Operation *> &path) {
  if (value == anchor)
    return 1;
  Operation *op = value.getDefiningOp();
  if (!op)
    return 0;
  unsigned ways = 0;
  // An operand that is read twice is one way: `x + x`.
  SetVector<Value> operands(op->operand_begin(), op->operand_end());
  for (Value operand : operands) {
    SmallVector<Operation *> part;
    unsigned found = collectPath(anchor, operand, part);
    if (found && !ways) {
      path = std::move(part);
      path.push_back(op);
    }
    ways += found;
  }
  return ways;
}

FailureOr<StorePath> StorePath::find(Value anchor, Value result) {
  SmallVector<Operation *> ops, movements;
  unsigned ways = collectPath(anchor, result, ops);
  if (!ways)
    return failure();
  for (Operation *op : ops) {
    if (isa<ScalarOpInterface>(op)) {
      // Elementwise ops leave the index alone, unless they broadcast.
      bool same = llvm::any_of(op->getOperands(), [&](Value operand) {
        return getDims(operand) == getDims(op->getResult(0));
      });
      if (!same)
        return failure();
      continue;
    }
    // Several ways through movement would need several places.
    if (!isa<StoreMapOpInterface>(op) || ways > 1)
      return failure();
    movements.push_back(op);
  }
  return StorePath(movements);
}

LogicalResult StorePath::map(ElementBuilder &elements, ArrayRef<Index> index,
                             SmallVectorImpl<Index> &result,
                             Value &kept) const {
  result.assign(index.begin(), index.end());
  for (Operation *op : movements) {
    SmallVector<Index> next;
    Value keep;
    if (failed(cast<StoreMapOpInterface>(op).pushIndex(elements, result, next,
                                                       keep)))
      return op->emitError("has no store map");
    result.assign(next.begin(), next.end());
    if (keep)
      kept = kept ? elements.binary(BinaryKind::and_, kept, keep) : keep;
  }
  return success();
}

FailureOr<std::vector<StorePath>>
tenon::findStorePaths(OpResult anchor, ArrayRef<KernelResult> results,
                      StringRef what) {
  std::vector<StorePath> paths;
  for (const KernelResult &result : results) {
    auto path = StorePath::find(anchor, result.value);
    if (failed(path))
      return anchor.getOwner()->emitError(what)
             << " doesn't reach a result in one way";
    paths.push_back(*path);
  }
  return paths;
}

LogicalResult tenon::storeResult(KernelCode &code, const KernelResult &result,
                                 const StorePath &path, int64_t lanes,
                                 ArrayRef<Index> index, Value mask,
                                 Value kept) {
  ElementBuilder elements = code.elements(lanes, mask);
  SmallVector<Index> place;
  Value chosen;
  if (failed(path.map(elements, index, place, chosen)))
    return failure();
  // Where an element is dropped, its place may lie outside of the result and of
  // what else is read there.
  OpBuilder::InsertionGuard guard(code.builder);
  if (chosen && isa<VectorType>(chosen.getType()))
    mask = mask ? elements.binary(BinaryKind::and_, mask, chosen) : chosen;
  else if (chosen)
    code.enterIf(chosen);
  ElementBuilder reader = code.elements(lanes, mask);
  auto value = reader.read(result.value, place);
  if (failed(value))
    return failure();
  if (kept)
    code.enterIf(kept);
  return code.store(reader, result.storage, place, *value, mask);
}

LogicalResult tenon::storeRowResult(KernelCode &code, const RowResult &row,
                                    const KernelResult &result, int64_t lanes,
                                    ArrayRef<Index> index,
                                    ArrayRef<DimAttr> dims, Value mask,
                                    Value kept) {
  ElementBuilder elements = code.elements(lanes, mask);
  SmallVector<Index> source =
      elements.reshapeIndex(index, dims, getDims(row.source));
  return storeResult(code, result, StorePath(row.movements), lanes, source,
                     mask, kept);
}
