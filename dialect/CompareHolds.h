//===- CompareHolds.h - what a comparison means -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_COMPAREHOLDS_H
#define TENON_DIALECT_COMPAREHOLDS_H

#include "dialect/TenonOps.h"

namespace tenon {

/// Whether a comparison of two numbers is true.
template <typename T> bool holds(CompareKind kind, T a, T b) {
  switch (kind) {
  case CompareKind::eq:
    return a == b;
  case CompareKind::ne:
    return a != b;
  case CompareKind::lt:
    return a < b;
  case CompareKind::le:
    return a <= b;
  case CompareKind::gt:
    return a > b;
  case CompareKind::ge:
    return a >= b;
  }
  llvm_unreachable("unknown comparison");
}

} // namespace tenon

#endif // TENON_DIALECT_COMPAREHOLDS_H
