//===- Plan.cpp - the launch plans of an artifact -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Plan.h"

#include "support/Text.h"

namespace tenon::runtime {

using namespace format;

std::optional<uint32_t> Plan::findEntry(std::string_view name) const {
  for (uint32_t i = 0; i < entries().size(); ++i)
    if (text(entries()[i].name) == name)
      return i;
  return std::nullopt;
}

std::vector<std::string> Plan::entryNames() const {
  std::vector<std::string> names;
  for (const Entry &entry : entries())
    names.emplace_back(text(entry.name));
  return names;
}

//===----------------------------------------------------------------------===//
// Text of dims
//===----------------------------------------------------------------------===//

namespace {

/// Writes dims, with parentheses where precedence needs them. Shared operands
/// are written at each use, so a hostile table could take exponential space:
/// the text is cut.
class DimPrinter {
public:
  explicit DimPrinter(const Plan &plan) : plan_(plan) {}

  std::string take() { return std::move(out_); }

  /// `precedence`: 0 for a sum, 1 for a factor, 2 for an operand of division.
  void print(uint32_t dim, int precedence) {
    constexpr size_t longest = 300;
    if (out_.size() > longest) {
      if (!out_.ends_with("…"))
        out_ += "…";
      return;
    }
    const DimNode &node = plan_.dims()[dim];
    switch (node.op) {
    case DimOp::Constant:
      out_ += concat(node.value);
      return;
    case DimOp::Symbol:
      out_ += plan_.text(plan_.symbols()[node.a].name);
      return;
    case DimOp::Add:
      return binary(node, " + ", 0, precedence);
    case DimOp::Mul:
      return binary(node, "*", 1, precedence);
    case DimOp::FloorDiv:
      return binary(node, " / ", 2, precedence);
    case DimOp::Min:
      return call(node, "min");
    case DimOp::Max:
      return call(node, "max");
    }
  }

private:
  void binary(const DimNode &node, std::string_view op, int own,
              int precedence) {
    bool parentheses = own < precedence || own == 2;
    if (parentheses)
      out_ += '(';
    print(node.a, own);
    // `a + -b` reads better as `a - b`.
    const DimNode &right = plan_.dims()[node.b];
    if (node.op == DimOp::Add && right.op == DimOp::Constant &&
        right.value < 0 && right.value != INT64_MIN) {
      out_ += concat(" - ", -right.value);
    } else {
      out_ += op;
      print(node.b, own);
    }
    if (parentheses)
      out_ += ')';
  }

  void call(const DimNode &node, std::string_view name) {
    out_ += concat(name, '(');
    print(node.a, 0);
    out_ += ", ";
    print(node.b, 0);
    out_ += ')';
  }

  const Plan &plan_;
  std::string out_;
};

} // namespace

std::string Plan::dimText(uint32_t dim) const {
  DimPrinter printer(*this);
  printer.print(dim, 0);
  return printer.take();
}

std::string Plan::dimsText(Span dims) const {
  std::string out = "[";
  for (uint32_t dim : dimList(dims)) {
    if (out.size() > 1)
      out += ", ";
    out += dimText(dim);
  }
  return out + "]";
}

} // namespace tenon::runtime
