//===- EntryResults.h - further outputs of entries --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_ENTRYRESULTS_H
#define TENON_PASSES_ENTRYRESULTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon {

/// Makes an entry return a tensor too, as the output `name`.
void addEntryResult(mlir::func::FuncOp entry, mlir::StringAttr name,
                    mlir::Value value);

} // namespace tenon

#endif // TENON_PASSES_ENTRYRESULTS_H
