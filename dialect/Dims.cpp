//===- Dims.cpp - arithmetic on symbolic dims ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/DimPoly.h"

#include "llvm/ADT/STLExtras.h"

#include <numeric>

using namespace tenon;
using mlir::MLIRContext;

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

static int64_t saturate(bool negative) {
  return negative ? std::numeric_limits<int64_t>::min()
                  : std::numeric_limits<int64_t>::max();
}
int64_t tenon::addSaturating(int64_t a, int64_t b) {
  int64_t r;
  return __builtin_add_overflow(a, b, &r) ? saturate(a < 0) : r;
}
int64_t tenon::mulSaturating(int64_t a, int64_t b) {
  int64_t r;
  return __builtin_mul_overflow(a, b, &r) ? saturate((a < 0) != (b < 0)) : r;
}
int64_t tenon::floorDivInteger(int64_t a, int64_t b) {
  int64_t q = a / b;
  return (a % b != 0 && (a < 0) != (b < 0)) ? q - 1 : q;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

template <typename Range> static int compareLists(Range &&a, Range &&b) {
  for (auto [x, y] : llvm::zip(a, b))
    if (int c = compareDims(x, y))
      return c;
  return a.size() < b.size() ? -1 : a.size() > b.size();
}

int tenon::compareDims(DimAttr a, DimAttr b) {
  if (a == b)
    return 0;
  if (a.getKind() != b.getKind())
    return a.getKind() < b.getKind() ? -1 : 1;
  if (a.isSymbol())
    return a.getName().getValue().compare(b.getName().getValue());
  if (int c = compareLists(a.getOperands(), b.getOperands()))
    return c;
  return a.getValue() < b.getValue() ? -1 : a.getValue() > b.getValue();
}

//===----------------------------------------------------------------------===//
// Polynomials over atoms
//===----------------------------------------------------------------------===//

static int compareAtoms(const Term &a, const Term &b) {
  // The constant sorts last.
  if (a.atoms.empty() != b.atoms.empty())
    return a.atoms.empty() ? 1 : -1;
  return compareLists(a.atoms, b.atoms);
}

static Term multiply(const Term &a, const Term &b) {
  Term result{mulSaturating(a.coefficient, b.coefficient), {}};
  std::merge(a.atoms.begin(), a.atoms.end(), b.atoms.begin(), b.atoms.end(),
             std::back_inserter(result.atoms),
             [](DimAttr x, DimAttr y) { return compareDims(x, y) < 0; });
  return result;
}

void Poly::accumulate(const Poly &other, const Term &scale) {
  for (const Term &term : other.terms) {
    Term product = multiply(term, scale);
    auto *it =
        llvm::lower_bound(terms, product, [](const Term &a, const Term &b) {
          return compareAtoms(a, b) < 0;
        });
    if (it != terms.end() && compareAtoms(*it, product) == 0) {
      it->coefficient = addSaturating(it->coefficient, product.coefficient);
      if (it->coefficient == 0)
        terms.erase(it);
    } else if (product.coefficient != 0) {
      terms.insert(it, std::move(product));
    }
  }
}

static DimAttr makeNode(MLIRContext *context, DimKind kind, int64_t value,
                        llvm::ArrayRef<DimAttr> operands) {
  return DimAttr::get(context, kind, value, mlir::StringAttr::get(context, ""),
                      operands);
}

static DimAttr termToDim(MLIRContext *context, const Term &term) {
  if (term.atoms.empty())
    return getConstantDim(context, term.coefficient);
  if (term.atoms.size() == 1 && term.coefficient == 1)
    return term.atoms.front();
  return makeNode(context, DimKind::Mul, term.coefficient, term.atoms);
}

DimAttr Poly::toDim() const {
  if (terms.empty())
    return getConstantDim(context, 0);
  if (terms.size() == 1)
    return termToDim(context, terms.front());
  llvm::SmallVector<DimAttr> operands;
  for (const Term &term : terms)
    operands.push_back(termToDim(context, term));
  return makeNode(context, DimKind::Add, 0, operands);
}

/// `a / b` if every atom of b occurs in a and the coefficients divide.
static std::optional<Term> divideTerm(const Term &a, const Term &b) {
  if (b.coefficient == 0 || a.coefficient % b.coefficient != 0)
    return std::nullopt;
  Term quotient{a.coefficient / b.coefficient, {}};
  const DimAttr *it = b.atoms.begin();
  for (DimAttr atom : a.atoms) {
    if (it != b.atoms.end() && *it == atom)
      ++it;
    else
      quotient.atoms.push_back(atom);
  }
  if (it != b.atoms.end())
    return std::nullopt;
  return quotient;
}

/// Divides `n` by `d` as far as it goes exactly: returns the quotient and
/// leaves the remainder in `n`.
static Poly divideExactly(Poly &n, const Poly &d) {
  Poly quotient(n.context);
  if (d.terms.empty())
    return quotient;
  Poly one(getConstantDim(n.context, 1));
  bool progress = true;
  while (progress && !n.terms.empty()) {
    progress = false;
    for (const Term &term : n.terms) {
      std::optional<Term> q = divideTerm(term, d.terms.front());
      if (!q)
        continue;
      Poly rest = n;
      Term minus = *q;
      minus.coefficient = mulSaturating(minus.coefficient, -1);
      rest.accumulate(d, minus);
      // A step that doesn't shorten the sum is no division.
      if (rest.terms.size() >= n.terms.size())
        continue;
      quotient.accumulate(one, *q);
      n = std::move(rest);
      progress = true;
      break;
    }
  }
  return quotient;
}

//===----------------------------------------------------------------------===//
// Construction
//===----------------------------------------------------------------------===//

DimAttr tenon::getConstantDim(MLIRContext *context, int64_t value) {
  return makeNode(context, DimKind::Constant, value, {});
}

DimAttr tenon::getSymbolDim(MLIRContext *context, llvm::StringRef name) {
  return DimAttr::get(context, DimKind::Symbol, 0,
                      mlir::StringAttr::get(context, name), {});
}

DimAttr tenon::operator+(DimAttr a, DimAttr b) {
  Poly sum(a);
  sum.accumulate(Poly(b), {1, {}});
  return sum.toDim();
}
DimAttr tenon::operator-(DimAttr a, DimAttr b) {
  Poly sum(a);
  sum.accumulate(Poly(b), {-1, {}});
  return sum.toDim();
}
DimAttr tenon::operator*(DimAttr a, DimAttr b) {
  Poly product(a.getContext()), right(b);
  for (const Term &term : Poly(a).terms)
    product.accumulate(right, term);
  return product.toDim();
}
DimAttr tenon::operator+(DimAttr a, int64_t b) {
  return a + getConstantDim(a.getContext(), b);
}
DimAttr tenon::operator-(DimAttr a, int64_t b) {
  return a - getConstantDim(a.getContext(), b);
}
DimAttr tenon::operator*(DimAttr a, int64_t b) {
  return a * getConstantDim(a.getContext(), b);
}

/// Moves the part of `n` that a constant divides out of the quotient: each
/// coefficient is reduced to [0, d).
static Poly takeMultiples(Poly &n, int64_t d) {
  Poly out(n.context), rest(n.context);
  for (const Term &term : n.terms) {
    int64_t q = floorDivInteger(term.coefficient, d);
    int64_t r = term.coefficient - q * d;
    if (q)
      out.terms.push_back({q, term.atoms});
    if (r)
      rest.terms.push_back({r, term.atoms});
  }
  n = std::move(rest);
  return out;
}

/// Divides numerator and constant divisor by what their coefficients share; a
/// constant term of the numerator may be rounded down for it.
static void reduceByGcd(Poly &n, int64_t &d) {
  int64_t g = d;
  for (const Term &term : n.terms)
    if (!term.atoms.empty())
      g = std::gcd(g, term.coefficient);
  if (g <= 1)
    return;
  for (Term &term : n.terms)
    term.coefficient = floorDivInteger(term.coefficient, g);
  llvm::erase_if(n.terms, [](const Term &t) { return t.coefficient == 0; });
  d /= g;
}

/// `floor(a / b) + c` as numerator and divisor, if `n` has that form.
static std::optional<std::pair<DimAttr, DimAttr>> asQuotient(const Poly &n) {
  if (n.terms.empty() || n.terms.size() > 2)
    return std::nullopt;
  const Term &head = n.terms.front();
  if (head.coefficient != 1 || head.atoms.size() != 1 ||
      head.atoms.front().getKind() != DimKind::FloorDiv)
    return std::nullopt;
  if (n.terms.size() == 2 && !n.terms.back().atoms.empty())
    return std::nullopt;
  DimAttr a = head.atoms.front().getOperands()[0];
  DimAttr b = head.atoms.front().getOperands()[1];
  int64_t c = n.terms.size() == 2 ? n.terms.back().coefficient : 0;
  return std::pair(a + b * c, b);
}

DimAttr tenon::floorDiv(DimAttr a, DimAttr b) {
  MLIRContext *context = a.getContext();
  Poly n(a), d(b), one(getConstantDim(context, 1));
  Poly quotient = divideExactly(n, d);
  std::optional<int64_t> divisor = b.asConstant();
  if (divisor && *divisor > 0) {
    quotient.accumulate(takeMultiples(n, *divisor), {1, {}});
    reduceByGcd(n, *divisor);
    d = Poly(getConstantDim(context, *divisor));
    if (n.terms.empty() ||
        (n.terms.size() == 1 && n.terms[0].atoms.empty() &&
         n.terms[0].coefficient < *divisor && n.terms[0].coefficient >= 0))
      return quotient.toDim();
    if (*divisor == 1) {
      quotient.accumulate(n, {1, {}});
      return quotient.toDim();
    }
  }
  if (n.terms.empty())
    return quotient.toDim();
  if (auto nested = asQuotient(n))
    return quotient.toDim() +
           floorDiv(nested->first, nested->second * d.toDim());
  DimAttr atom =
      makeNode(context, DimKind::FloorDiv, 0, {n.toDim(), d.toDim()});
  return quotient.toDim() + atom;
}

DimAttr tenon::ceilDiv(DimAttr a, DimAttr b) { return floorDiv(a + b - 1, b); }

DimAttr tenon::floorMod(DimAttr a, DimAttr b) { return a - b * floorDiv(a, b); }

static DimAttr extremum(DimKind kind, DimAttr a, DimAttr b) {
  MLIRContext *context = a.getContext();
  llvm::SmallVector<DimAttr> operands;
  auto take = [&](DimAttr dim) {
    for (DimAttr &known : operands) {
      // Operands that differ by a constant are one.
      if (auto difference = (dim - known).asConstant()) {
        if ((*difference < 0) == (kind == DimKind::Min) && *difference != 0)
          known = dim;
        return;
      }
    }
    operands.push_back(dim);
  };
  for (DimAttr dim : {a, b}) {
    if (dim.getKind() == kind)
      llvm::for_each(dim.getOperands(), take);
    else
      take(dim);
  }
  if (operands.size() == 1)
    return operands.front();
  llvm::sort(operands,
             [](DimAttr x, DimAttr y) { return compareDims(x, y) < 0; });
  return makeNode(context, kind, 0, operands);
}

DimAttr tenon::minDim(DimAttr a, DimAttr b) {
  return extremum(DimKind::Min, a, b);
}
DimAttr tenon::maxDim(DimAttr a, DimAttr b) {
  return extremum(DimKind::Max, a, b);
}

DimAttr tenon::productOf(MLIRContext *context, llvm::ArrayRef<DimAttr> dims) {
  DimAttr product = getConstantDim(context, 1);
  for (DimAttr dim : dims)
    product = product * dim;
  return product;
}

std::optional<DimAttr> tenon::exactDiv(DimAttr a, DimAttr b) {
  Poly n(a), d(b);
  Poly quotient = divideExactly(n, d);
  if (!n.terms.empty() || d.terms.empty())
    return std::nullopt;
  return quotient.toDim();
}
