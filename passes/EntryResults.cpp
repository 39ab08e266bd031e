//===- EntryResults.cpp - further outputs of entries ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/EntryResults.h"

#include "dialect/TenonOps.h"

using namespace tenon;
using namespace mlir;

void tenon::addEntryResult(func::FuncOp entry, StringAttr name, Value value) {
  Operation *yield = entry.getBody().front().getTerminator();
  // States come last among the results.
  unsigned place = yield->getNumOperands();
  while (place > 0 && isa<StateType>(yield->getOperand(place - 1).getType()))
    --place;
  yield->insertOperands(place, value);
  NamedAttribute attribute(StringAttr::get(name.getContext(), "tenon.name"),
                           name);
  (void)entry.insertResult(place, value.getType(),
                           DictionaryAttr::get(name.getContext(), attribute));
}
