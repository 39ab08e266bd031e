//===- ReshapeRuns.h - which axes of a reshape belong together --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_RESHAPERUNS_H
#define TENON_PASSES_RESHAPERUNS_H

#include "dialect/TenonAttributes.h"

#include "llvm/ADT/SmallVector.h"

#include <optional>

namespace tenon {

/// Axes of two shapes that hold the same elements: [fromBegin, fromEnd) of one,
/// [toBegin, toEnd) of the other. One of them may be empty, for axes of size 1.
struct ReshapeRun {
  size_t fromBegin, fromEnd, toBegin, toEnd;
};

/// The finest runs, in order; failure where sizes that depend on symbols hide
/// them.
mlir::FailureOr<llvm::SmallVector<ReshapeRun>>
findReshapeRuns(llvm::ArrayRef<DimAttr> from, llvm::ArrayRef<DimAttr> to);

/// For a reshape behind a transpose with permutation `order`: its runs in the
/// order that their axes have before the transpose, or nothing if one of them
/// has axes that aren't neighbours there. Runs that have none stay behind the
/// run before them.
std::optional<llvm::SmallVector<ReshapeRun>>
runsBeforeTranspose(llvm::ArrayRef<ReshapeRun> runs,
                    llvm::ArrayRef<int64_t> order);

} // namespace tenon

#endif // TENON_PASSES_RESHAPERUNS_H
