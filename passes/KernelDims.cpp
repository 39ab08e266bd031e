//===- KernelDims.cpp - a kernel's own dims -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/KernelDims.h"

#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon;
using namespace mlir;

/// Calls `visit` with every type and attribute that says something about
/// shapes, in an order that depends on the text only.
static void visitShapes(Operation *root,
                        llvm::function_ref<void(Type)> visitType,
                        llvm::function_ref<void(Attribute)> visitAttribute) {
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    visitAttribute(op->getAttrDictionary());
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Type type : block.getArgumentTypes())
          visitType(type);
    for (Type type : op->getResultTypes())
      visitType(type);
  });
}

void KernelDims::collect(DimAttr dim) {
  if (!dim.isConstant() && !llvm::is_contained(found, dim))
    found.push_back(dim);
}

void KernelDims::collect(Operation *op) {
  AttrTypeWalker walker;
  // The walk goes into dims too; only whole expressions count.
  walker.addWalk([&](DimAttr dim) {
    collect(dim);
    return WalkResult::skip();
  });
  visitShapes(
      op, [&](Type type) { walker.walk<WalkOrder::PreOrder>(type); },
      [&](Attribute attribute) {
        walker.walk<WalkOrder::PreOrder>(attribute);
      });
}

static bool isQuotient(DimAttr dim) {
  return dim.getKind() == DimKind::FloorDiv || dim.getKind() == DimKind::Min ||
         dim.getKind() == DimKind::Max;
}

/// The outermost atoms of an expression, in order of appearance.
static void visitAtoms(DimAttr dim, llvm::function_ref<void(DimAttr)> visit) {
  if (dim.isSymbol() || isQuotient(dim))
    return visit(dim);
  for (DimAttr operand : dim.getOperands())
    visitAtoms(operand, visit);
}

void KernelDims::choose() {
  auto add = [&](DimAttr meaning) {
    if (llvm::is_contained(symbolMeanings, meaning))
      return;
    symbolNames.push_back(
        StringAttr::get(context, "d" + std::to_string(symbolMeanings.size())));
    symbolMeanings.push_back(meaning);
  };
  // An op may compute one dim from another (a convolution's from its
  // operand's), so what relates to anything else in the kernel must stay an
  // expression: a quotient becomes a symbol only if its symbols occur nowhere
  // but in it.
  llvm::DenseMap<DimAttr, DimAttr> places;
  llvm::DenseSet<DimAttr> shared;
  for (DimAttr dim : found)
    visitAtoms(dim, [&](DimAttr atom) {
      visitSymbols(atom, [&](DimAttr symbol) {
        auto [it, isNew] = places.try_emplace(symbol, atom);
        if (!isNew && it->second != atom)
          shared.insert(symbol);
      });
    });
  for (DimAttr dim : found)
    visitAtoms(dim, [&](DimAttr atom) {
      bool relates = false;
      visitSymbols(atom,
                   [&](DimAttr symbol) { relates |= shared.contains(symbol); });
      if (relates)
        visitSymbols(atom, add);
      else
        add(atom);
    });
  chosen = true;
}

DimAttr KernelDims::rewrite(DimAttr dim) {
  auto *it = llvm::find(symbolMeanings, dim);
  if (it != symbolMeanings.end())
    return getSymbolDim(context, symbolNames[it - symbolMeanings.begin()]);
  ArrayRef<DimAttr> operands = dim.getOperands();
  auto fold = [&](DimAttr first, auto combine) {
    for (DimAttr operand : operands)
      first = first ? combine(first, rewrite(operand)) : rewrite(operand);
    return first;
  };
  switch (dim.getKind()) {
  case DimKind::Constant:
  case DimKind::Symbol:
    return dim;
  case DimKind::Add:
    return fold({}, [](DimAttr a, DimAttr b) { return a + b; });
  case DimKind::Mul:
    return fold(getConstantDim(context, dim.getValue()),
                [](DimAttr a, DimAttr b) { return a * b; });
  case DimKind::FloorDiv:
    return fold({}, [](DimAttr a, DimAttr b) { return floorDiv(a, b); });
  case DimKind::Min:
    return fold({}, [](DimAttr a, DimAttr b) { return minDim(a, b); });
  case DimKind::Max:
    return fold({}, [](DimAttr a, DimAttr b) { return maxDim(a, b); });
  }
  llvm_unreachable("unknown dim kind");
}

void KernelDims::rename(Operation *op) {
  if (!chosen)
    choose();
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [&](DimAttr dim) -> std::optional<std::pair<Attribute, WalkResult>> {
        return std::pair<Attribute, WalkResult>(rewrite(dim),
                                                WalkResult::skip());
      });
  replacer.recursivelyReplaceElementsIn(op, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
}
