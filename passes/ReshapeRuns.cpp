//===- ReshapeRuns.cpp - which axes of a reshape belong together ----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/ReshapeRuns.h"

#include "dialect/Dims.h"

#include "llvm/ADT/STLExtras.h"

using namespace tenon;
using namespace mlir;

FailureOr<SmallVector<ReshapeRun>>
tenon::findReshapeRuns(ArrayRef<DimAttr> from, ArrayRef<DimAttr> to) {
  SmallVector<ReshapeRun> runs;
  size_t i = 0, j = 0;
  auto isOne = [](ArrayRef<DimAttr> dims, size_t at) {
    return at < dims.size() && dims[at].isConstant(1);
  };
  while (i < from.size() || j < to.size()) {
    // An axis of 1 that only one side has stands by itself.
    bool oneFrom = isOne(from, i), oneTo = isOne(to, j);
    if (oneFrom && !oneTo) {
      runs.push_back({i, i + 1, j, j});
      ++i;
      continue;
    }
    if (oneTo && !oneFrom) {
      runs.push_back({i, i, j, j + 1});
      ++j;
      continue;
    }
    if (i == from.size() || j == to.size())
      return failure();
    ReshapeRun run{i, i + 1, j, j + 1};
    DimAttr a = from[i++], b = to[j++];
    while (a != b) {
      if (i < from.size() && exactDiv(b, a))
        a = a * from[i++];
      else if (j < to.size() && exactDiv(a, b))
        b = b * to[j++];
      else
        return failure();
    }
    run.fromEnd = i;
    run.toEnd = j;
    runs.push_back(run);
  }
  return runs;
}

std::optional<SmallVector<ReshapeRun>>
tenon::runsBeforeTranspose(ArrayRef<ReshapeRun> runs, ArrayRef<int64_t> order) {
  SmallVector<std::pair<int64_t, ReshapeRun>> keyed;
  int64_t last = -1;
  for (const ReshapeRun &run : runs) {
    for (size_t i = run.fromBegin + 1; i < run.fromEnd; ++i)
      if (order[i] != order[i - 1] + 1)
        return std::nullopt;
    if (run.fromBegin < run.fromEnd)
      last = order[run.fromBegin];
    keyed.push_back({last, run});
  }
  llvm::sort(keyed, [](const auto &a, const auto &b) {
    return std::pair(a.first, a.second.toBegin) <
           std::pair(b.first, b.second.toBegin);
  });
  SmallVector<ReshapeRun> result;
  for (auto &[key, run] : keyed)
    result.push_back(run);
  return result;
}
