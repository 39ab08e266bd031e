//===- DimProof.cpp - proving that dims are not negative ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/DimProof.h"

#include "dialect/DimPoly.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::ArrayRef;

namespace {
class Prover {
public:
  Prover(SymbolRange range, ArrayRef<DimAttr> known)
      : range(range), known(known) {}

  bool prove(DimAttr dim, unsigned depth);

private:
  SymbolRange range;
  ArrayRef<DimAttr> known;
};
} // namespace

/// A term `c * floordiv(p, q)`, `c * min(..)` or `c * max(..)`, without its
/// rest.
static const Term *findSpecialTerm(const Poly &poly) {
  for (const Term &term : poly.terms)
    if (term.atoms.size() == 1 && !term.atoms.front().isSymbol())
      return &term;
  return nullptr;
}

bool Prover::prove(DimAttr dim, unsigned depth) {
  if (rangeOf(dim, range).min >= 0)
    return true;
  for (DimAttr fact : known)
    if (rangeOf(dim - fact, range).min >= 0)
      return true;
  constexpr unsigned maxDepth = 6;
  if (depth == maxDepth)
    return false;

  Poly poly(dim);
  const Term *term = findSpecialTerm(poly);
  if (!term)
    return false;
  DimAttr atom = term->atoms.front();
  ArrayRef<DimAttr> operands = atom.getOperands();
  int64_t c = term->coefficient;
  DimAttr rest = dim - atom * c;
  auto with = [&](DimAttr replacement) {
    return prove(rest + replacement * c, depth + 1);
  };
  switch (atom.getKind()) {
  case DimKind::Min:
    return c < 0 ? llvm::any_of(operands, with) : llvm::all_of(operands, with);
  case DimKind::Max:
    return c > 0 ? llvm::any_of(operands, with) : llvm::all_of(operands, with);
  case DimKind::FloorDiv: {
    // (p - q + 1) / q <= floordiv(p, q) <= p / q; all is multiplied by q.
    auto q = operands[1].asConstant();
    if (!q || *q <= 0)
      return false;
    DimAttr bound = c > 0 ? operands[0] - (*q - 1) : operands[0];
    return prove(rest * *q + bound * c, depth + 1);
  }
  default:
    return false;
  }
}

bool arch::proveNonNegative(DimAttr dim, SymbolRange range,
                            ArrayRef<DimAttr> known) {
  return Prover(range, known).prove(dim, 0);
}

size_t arch::countTerms(DimAttr dim) {
  return dim.getKind() == DimKind::Add ? dim.getOperands().size() : 1;
}

/// Adds up nodes; false when there are too many or a number was saturated.
static bool countNodes(DimAttr dim, size_t &nodes, bool &saturated) {
  constexpr size_t maxNodes = 128;
  if (++nodes > maxNodes)
    return false;
  int64_t value = dim.getValue();
  saturated |= value == std::numeric_limits<int64_t>::max() ||
               value == std::numeric_limits<int64_t>::min();
  return llvm::all_of(dim.getOperands(), [&](DimAttr operand) {
    return countNodes(operand, nodes, saturated);
  });
}

llvm::StringRef arch::checkSize(DimAttr dim) {
  size_t nodes = 0;
  bool saturated = false;
  if (!countNodes(dim, nodes, saturated))
    return "this dim is too long an expression";
  return saturated ? "this integer doesn't fit 64 bits" : "";
}
