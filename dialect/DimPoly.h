//===- DimPoly.h - sums of products, the inside of dims ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_DIMPOLY_H
#define TENON_DIALECT_DIMPOLY_H

#include "dialect/Dims.h"

#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace tenon {

/// A coefficient times a sorted product of atoms (symbols, quotients, min/max).
struct Term {
  int64_t coefficient;
  llvm::SmallVector<DimAttr, 2> atoms;
};

/// A sum of terms, sorted by their atoms, without zero coefficients; the
/// constant term comes last.
class Poly {
public:
  explicit Poly(DimAttr dim) : context(dim.getContext()) {
    if (dim.getKind() == DimKind::Add)
      for (DimAttr operand : dim.getOperands())
        terms.push_back(toTerm(operand));
    else if (!dim.isConstant(0))
      terms.push_back(toTerm(dim));
  }
  explicit Poly(mlir::MLIRContext *context) : context(context) {}

  /// this += scale * term * other
  void accumulate(const Poly &other, const Term &scale);
  DimAttr toDim() const;

  /// The greatest number that divides all coefficients, and so every value; 0
  /// of the polynomial 0.
  uint64_t content() const {
    uint64_t divisor = 0;
    for (const Term &term : terms)
      divisor = std::gcd(divisor, llvm::AbsoluteValue(term.coefficient));
    return divisor;
  }

  static Term toTerm(DimAttr dim) {
    switch (dim.getKind()) {
    case DimKind::Constant:
      return {dim.getValue(), {}};
    case DimKind::Mul:
      return {dim.getValue(), llvm::to_vector<2>(dim.getOperands())};
    default:
      return {1, {dim}};
    }
  }

  mlir::MLIRContext *context;
  llvm::SmallVector<Term, 4> terms;
};

// Coefficients saturate: an absurd constant in a source must not be undefined
// behaviour, and every use of a size is checked against real limits later.
int64_t addSaturating(int64_t a, int64_t b);
int64_t mulSaturating(int64_t a, int64_t b);
int64_t floorDivInteger(int64_t a, int64_t b);

} // namespace tenon

#endif // TENON_DIALECT_DIMPOLY_H
