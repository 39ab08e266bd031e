//===- DimFacts.cpp - walks over dims, ranges and facts -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/DimPoly.h"

#include "llvm/ADT/SetVector.h"

using namespace tenon;
using mlir::MLIRContext;

//===----------------------------------------------------------------------===//
// Walks
//===----------------------------------------------------------------------===//

/// Rebuilds `dim` from operands that `map` gives for its leaves.
template <typename T, typename Leaf, typename Add, typename Mul, typename Div,
          typename Min, typename Max>
static T foldDim(DimAttr dim, Leaf leaf, Add add, Mul mul, Div div, Min min,
                 Max max, T one, T (*constant)(DimAttr, int64_t)) {
  auto self = [&](DimAttr d) {
    return foldDim<T>(d, leaf, add, mul, div, min, max, one, constant);
  };
  llvm::ArrayRef<DimAttr> operands = dim.getOperands();
  switch (dim.getKind()) {
  case DimKind::Constant:
    return constant(dim, dim.getValue());
  case DimKind::Symbol:
    return leaf(dim);
  case DimKind::FloorDiv:
    return div(self(operands[0]), self(operands[1]));
  case DimKind::Mul: {
    T result = constant(dim, dim.getValue());
    for (DimAttr operand : operands)
      result = mul(result, self(operand));
    return result;
  }
  case DimKind::Add:
  case DimKind::Min:
  case DimKind::Max: {
    T result = self(operands.front());
    for (DimAttr operand : operands.drop_front()) {
      T next = self(operand);
      result = dim.getKind() == DimKind::Add   ? add(result, next)
               : dim.getKind() == DimKind::Min ? min(result, next)
                                               : max(result, next);
    }
    return result;
  }
  }
  llvm_unreachable("unknown dim kind");
}

DimAttr tenon::substituteDims(DimAttr dim,
                              llvm::function_ref<DimAttr(DimAttr symbol)> map) {
  return foldDim<DimAttr>(
      dim,
      [&](DimAttr symbol) {
        DimAttr replacement = map(symbol);
        return replacement ? replacement : symbol;
      },
      [](DimAttr a, DimAttr b) { return a + b; },
      [](DimAttr a, DimAttr b) { return a * b; },
      [](DimAttr a, DimAttr b) { return floorDiv(a, b); },
      [](DimAttr a, DimAttr b) { return minDim(a, b); },
      [](DimAttr a, DimAttr b) { return maxDim(a, b); }, dim,
      +[](DimAttr like, int64_t value) {
        return getConstantDim(like.getContext(), value);
      });
}

void tenon::visitSymbols(DimAttr dim, llvm::function_ref<void(DimAttr)> visit) {
  llvm::SetVector<DimAttr> symbols;
  std::function<void(DimAttr)> walk = [&](DimAttr d) {
    if (d.isSymbol())
      symbols.insert(d);
    llvm::for_each(d.getOperands(), walk);
  };
  walk(dim);
  llvm::for_each(symbols, visit);
}

std::optional<int64_t> tenon::evaluateDim(
    DimAttr dim,
    llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> value) {
  using T = std::optional<int64_t>;
  auto lift = [](auto f) {
    return [f](T a, T b) -> T { return a && b ? f(*a, *b) : std::nullopt; };
  };
  return foldDim<T>(
      dim, [&](DimAttr symbol) { return value(symbol.getName().getValue()); },
      lift([](int64_t a, int64_t b) -> T {
        int64_t r;
        return __builtin_add_overflow(a, b, &r) ? T() : T(r);
      }),
      lift([](int64_t a, int64_t b) -> T {
        int64_t r;
        return __builtin_mul_overflow(a, b, &r) ? T() : T(r);
      }),
      lift([](int64_t a, int64_t b) -> T {
        return b > 0 ? T(floorDivInteger(a, b)) : T();
      }),
      lift([](int64_t a, int64_t b) -> T { return std::min(a, b); }),
      lift([](int64_t a, int64_t b) -> T { return std::max(a, b); }), T(1),
      +[](DimAttr, int64_t v) { return T(v); });
}

DimRange tenon::rangeOf(
    DimAttr dim,
    llvm::function_ref<std::optional<DimRange>(llvm::StringRef)> range) {
  using T = DimRange;
  const T everything{std::numeric_limits<int64_t>::min(),
                     std::numeric_limits<int64_t>::max()};
  auto hull = [](std::initializer_list<int64_t> values) {
    return T{std::min(values), std::max(values)};
  };
  return foldDim<T>(
      dim,
      [&](DimAttr symbol) {
        return range(symbol.getName().getValue()).value_or(everything);
      },
      [](T a, T b) {
        return T{addSaturating(a.min, b.min), addSaturating(a.max, b.max)};
      },
      [&](T a, T b) {
        return hull({mulSaturating(a.min, b.min), mulSaturating(a.min, b.max),
                     mulSaturating(a.max, b.min), mulSaturating(a.max, b.max)});
      },
      [&](T a, T b) {
        if (b.min <= 0)
          return everything;
        return hull(
            {floorDivInteger(a.min, b.min), floorDivInteger(a.min, b.max),
             floorDivInteger(a.max, b.min), floorDivInteger(a.max, b.max)});
      },
      [](T a, T b) {
        return T{std::min(a.min, b.min), std::min(a.max, b.max)};
      },
      [](T a, T b) {
        return T{std::max(a.min, b.min), std::max(a.max, b.max)};
      },
      T{1, 1}, +[](DimAttr, int64_t v) { return T{v, v}; });
}

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

/// A symbol that occurs in `poly` once, alone and with coefficient 1 or -1, and
/// nowhere inside its other atoms.
static DimAttr findSolvableSymbol(const Poly &poly, bool &negative) {
  for (const Term &term : poly.terms) {
    if (term.atoms.size() != 1 || !term.atoms.front().isSymbol() ||
        std::abs(term.coefficient) != 1)
      continue;
    DimAttr symbol = term.atoms.front();
    bool elsewhere = llvm::any_of(poly.terms, [&](const Term &other) {
      return &other != &term && llvm::any_of(other.atoms, [&](DimAttr atom) {
        bool found = false;
        visitSymbols(atom, [&](DimAttr s) { found |= s == symbol; });
        return found;
      });
    });
    if (!elsewhere) {
      negative = term.coefficient < 0;
      return symbol;
    }
  }
  return {};
}

/// What a fact (an expression that is zero) says about one symbol: `x mod k ==
/// 0` gives `x := k * x'`, a linear fact solves for a symbol.
static std::optional<std::pair<DimAttr, DimAttr>> solveFact(DimAttr fact) {
  MLIRContext *context = fact.getContext();
  Poly poly(fact);
  bool negative = false;
  if (DimAttr symbol = findSolvableSymbol(poly, negative)) {
    DimAttr rest = negative ? fact + symbol : symbol - fact;
    return std::pair(symbol, rest);
  }
  // x - k * floordiv(x, k): find the quotient and solve its numerator.
  for (const Term &term : poly.terms) {
    for (DimAttr atom : term.atoms) {
      if (atom.getKind() != DimKind::FloorDiv)
        continue;
      DimAttr numerator = atom.getOperands()[0];
      DimAttr divisor = atom.getOperands()[1];
      if (fact != floorMod(numerator, divisor) &&
          fact * -1 != floorMod(numerator, divisor))
        continue;
      Poly top(numerator);
      DimAttr symbol = findSolvableSymbol(top, negative);
      if (!symbol || negative)
        continue;
      DimAttr multiple = getSymbolDim(
          context, (symbol.getName().getValue() + "/" + divisor.str()).str());
      return std::pair(symbol, multiple * divisor - (numerator - symbol));
    }
  }
  return std::nullopt;
}

/// Whether a sum can't be zero while all symbols are positive: its terms have
/// one sign, and one of them is a constant or a product of symbols.
static bool isNeverZero(const Poly &poly) {
  bool certain = false;
  for (const Term &term : poly.terms) {
    if ((term.coefficient < 0) != (poly.terms.front().coefficient < 0))
      return false;
    certain |=
        llvm::all_of(term.atoms, [](DimAttr atom) { return atom.isSymbol(); });
  }
  return certain;
}

DimEquality tenon::compareDims(DimAttr a, DimAttr b,
                               llvm::ArrayRef<DimAttr> facts) {
  DimAttr difference = a - b;
  DimFacts pending(facts), unsolved;
  while (!difference.isConstant() && !pending.empty()) {
    DimAttr fact = pending.pop_back_val();
    auto solution = solveFact(fact);
    if (!solution) {
      unsolved.push_back(fact);
      continue;
    }
    auto replace = [&](DimAttr symbol) {
      return symbol == solution->first ? solution->second : DimAttr();
    };
    difference = substituteDims(difference, replace);
    for (DimFacts *others : {&pending, &unsolved})
      for (DimAttr &other : *others)
        other = substituteDims(other, replace);
  }
  // `(H / 16) * (W / 16) == 196` says nothing of a symbol, but a multiple of
  // what is zero is zero, too.
  if (!difference.isConstant())
    for (DimAttr fact : unsolved)
      if (exactDiv(difference, fact))
        return DimEquality::Equal;
  if (isNeverZero(Poly(difference)))
    return DimEquality::Different;
  if (!difference.isConstant())
    return DimEquality::Unknown;
  return difference.isConstant(0) ? DimEquality::Equal : DimEquality::Different;
}
