//===- DimText.cpp - printing and parsing dims --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/Dims.h"

#include "mlir/IR/DialectImplementation.h"

using namespace tenon;
using mlir::MLIRContext;

// Binding strength of what is printed around an operand.
enum { LooseContext, SumContext, ProductContext };

static void printDim(llvm::raw_ostream &os, DimAttr dim, int context) {
  auto parenthesized = [&](bool needed, llvm::function_ref<void()> body) {
    os << (needed ? "(" : "");
    body();
    os << (needed ? ")" : "");
  };
  llvm::ArrayRef<DimAttr> operands = dim.getOperands();
  switch (dim.getKind()) {
  case DimKind::Constant:
    parenthesized(dim.getValue() < 0 && context != LooseContext,
                  [&] { os << dim.getValue(); });
    return;
  case DimKind::Symbol:
    os << dim.getName().getValue();
    return;
  case DimKind::Mul:
    parenthesized(context == ProductContext, [&] {
      if (dim.getValue() != 1)
        os << dim.getValue() << " * ";
      llvm::interleave(
          operands, [&](DimAttr d) { printDim(os, d, ProductContext); },
          [&] { os << " * "; });
    });
    return;
  case DimKind::FloorDiv:
    parenthesized(context == ProductContext, [&] {
      printDim(os, operands[0], ProductContext);
      os << " floordiv ";
      printDim(os, operands[1], ProductContext);
    });
    return;
  case DimKind::Add:
    parenthesized(context == ProductContext, [&] {
      printDim(os, operands.front(), SumContext);
      for (DimAttr term : operands.drop_front()) {
        bool negative = (term.isConstant() || term.getKind() == DimKind::Mul) &&
                        term.getValue() < 0;
        os << (negative ? " - " : " + ");
        printDim(os, negative ? term * -1 : term, SumContext);
      }
    });
    return;
  case DimKind::Min:
  case DimKind::Max:
    os << (dim.getKind() == DimKind::Min ? "min(" : "max(");
    llvm::interleaveComma(operands, os,
                          [&](DimAttr d) { printDim(os, d, LooseContext); });
    os << ")";
    return;
  }
}

std::string DimAttr::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  printDim(os, *this, LooseContext);
  return text;
}

namespace {
/// Recursive descent over the dim grammar:
///   sum     := product (('+' | '-') product)*
///   product := atom (('*' | 'floordiv' | 'ceildiv' | 'mod') atom)*
///   atom    := integer | symbol | ('min' | 'max') '(' sum (',' sum)* ')'
///            | '(' sum ')' | '-' atom
class DimParser {
public:
  explicit DimParser(mlir::AsmParser &parser) : parser(parser) {}

  mlir::FailureOr<DimAttr> parseSum();

private:
  mlir::FailureOr<DimAttr> parseProduct();
  mlir::FailureOr<DimAttr> parseAtom();
  mlir::FailureOr<DimAttr> parseExtremum(bool isMin);

  mlir::AsmParser &parser;
  // Bounds the recursion: a hostile file must not overflow the stack.
  unsigned depth = 0;
  static constexpr unsigned maxDepth = 200;
};
} // namespace

mlir::FailureOr<DimAttr> DimParser::parseSum() {
  if (++depth > maxDepth)
    return parser.emitError(parser.getCurrentLocation(),
                            "dim expression is nested too deeply");
  auto left = parseProduct();
  while (mlir::succeeded(left)) {
    bool plus = mlir::succeeded(parser.parseOptionalPlus());
    if (!plus && mlir::failed(parser.parseOptionalMinus()))
      break;
    auto right = parseProduct();
    if (mlir::failed(right))
      return mlir::failure();
    left = plus ? *left + *right : *left - *right;
  }
  --depth;
  return left;
}

mlir::FailureOr<DimAttr> DimParser::parseProduct() {
  auto left = parseAtom();
  while (mlir::succeeded(left)) {
    enum { Mul, Floor, Ceil, Mod } op;
    if (mlir::succeeded(parser.parseOptionalStar()))
      op = Mul;
    else if (mlir::succeeded(parser.parseOptionalKeyword("floordiv")))
      op = Floor;
    else if (mlir::succeeded(parser.parseOptionalKeyword("ceildiv")))
      op = Ceil;
    else if (mlir::succeeded(parser.parseOptionalKeyword("mod")))
      op = Mod;
    else
      break;
    llvm::SMLoc loc = parser.getCurrentLocation();
    auto right = parseAtom();
    if (mlir::failed(right))
      return mlir::failure();
    if (op != Mul && right->isConstant() && right->getValue() <= 0)
      return parser.emitError(loc, "divisor must be positive");
    left = op == Mul     ? *left * *right
           : op == Floor ? floorDiv(*left, *right)
           : op == Ceil  ? ceilDiv(*left, *right)
                         : floorMod(*left, *right);
  }
  return left;
}

mlir::FailureOr<DimAttr> DimParser::parseExtremum(bool isMin) {
  if (parser.parseLParen())
    return mlir::failure();
  auto result = parseSum();
  while (mlir::succeeded(result) &&
         mlir::succeeded(parser.parseOptionalComma())) {
    auto next = parseSum();
    if (mlir::failed(next))
      return mlir::failure();
    result = isMin ? minDim(*result, *next) : maxDim(*result, *next);
  }
  if (mlir::failed(result) || parser.parseRParen())
    return mlir::failure();
  return result;
}

mlir::FailureOr<DimAttr> DimParser::parseAtom() {
  if (++depth > maxDepth)
    return parser.emitError(parser.getCurrentLocation(),
                            "dim expression is nested too deeply");
  MLIRContext *context = parser.getContext();
  mlir::FailureOr<DimAttr> result = mlir::failure();
  int64_t value;
  std::string name;
  // The sign comes first: the integer parser would insist on digits after it.
  if (mlir::succeeded(parser.parseOptionalMinus())) {
    result = parseAtom();
    if (mlir::succeeded(result))
      result = *result * -1;
  } else if (mlir::OptionalParseResult r = parser.parseOptionalInteger(value);
             r.has_value()) {
    if (mlir::succeeded(*r))
      result = getConstantDim(context, value);
  } else if (mlir::succeeded(parser.parseOptionalLParen())) {
    result = parseSum();
    if (mlir::succeeded(result) && parser.parseRParen())
      return mlir::failure();
  } else if (mlir::succeeded(parser.parseOptionalKeyword("min"))) {
    result = parseExtremum(/*isMin=*/true);
  } else if (mlir::succeeded(parser.parseOptionalKeyword("max"))) {
    result = parseExtremum(/*isMin=*/false);
  } else if (mlir::succeeded(parser.parseOptionalKeywordOrString(&name))) {
    result = getSymbolDim(context, name);
  } else {
    return parser.emitError(parser.getCurrentLocation(),
                            "expected a dim: an integer, a name, min, max or "
                            "a parenthesized sum");
  }
  --depth;
  return result;
}

mlir::Attribute DimAttr::parse(mlir::AsmParser &parser, mlir::Type) {
  if (parser.parseLess())
    return {};
  auto dim = DimParser(parser).parseSum();
  if (mlir::failed(dim) || parser.parseGreater())
    return {};
  return *dim;
}

void DimAttr::print(mlir::AsmPrinter &printer) const {
  printer << "<" << str() << ">";
}

mlir::Attribute DimsAttr::parse(mlir::AsmParser &parser, mlir::Type) {
  llvm::SmallVector<DimAttr> dims;
  auto parseDim = [&]() -> mlir::ParseResult {
    auto dim = DimParser(parser).parseSum();
    if (mlir::failed(dim))
      return mlir::failure();
    dims.push_back(*dim);
    return mlir::success();
  };
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(mlir::AsmParser::Delimiter::Square,
                                     parseDim) ||
      parser.parseGreater())
    return {};
  return DimsAttr::get(parser.getContext(), dims);
}

void DimsAttr::print(mlir::AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer.getStream(),
                        [&](DimAttr dim) { printer << dim.str(); });
  printer << "]>";
}

mlir::LogicalResult DimsAttr::verifyEncoding(
    llvm::ArrayRef<int64_t> shape, mlir::Type,
    llvm::function_ref<mlir::InFlightDiagnostic()> emitError) const {
  if (shape.size() != getDims().size())
    return emitError() << "type has " << shape.size() << " axes but "
                       << getDims().size() << " dims";
  for (auto [axis, size, dim] : llvm::enumerate(shape, getDims())) {
    bool dynamic = mlir::ShapedType::isDynamic(size);
    if (dynamic == dim.isConstant() || (!dynamic && dim.getValue() != size))
      return emitError() << "axis " << axis << " doesn't agree with its dim "
                         << dim.str();
  }
  return mlir::success();
}
