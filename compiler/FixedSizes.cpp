//===- FixedSizes.cpp - models for one size -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/FixedSizes.h"

#include "dialect/Dims.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "support/EditDistance.h"
#include "support/Text.h"

#include "mlir/IR/AttrTypeSubElements.h"

using namespace tenon;
using namespace mlir;

/// Whether states have as many rows.
static bool countsRows(ModuleOp module, StringRef symbol) {
  for (auto entry : module.getOps<func::FuncOp>())
    for (Type type : entry.getArgumentTypes())
      if (auto state = dyn_cast<StateType>(type))
        if (DimAttr rows = getDims(state).front();
            rows.isSymbol() && rows.getName().getValue() == symbol)
          return true;
  return false;
}

/// Whether a symbol can have a value.
static Status check(ModuleOp module, const std::string &name, int64_t size) {
  std::vector<std::string> names;
  for (auto symbol : module.getOps<SymbolOp>()) {
    names.push_back(symbol.getSymName().str());
    if (names.back() != name)
      continue;
    if (symbol.getLate())
      return Status::usage(
          "--static", concat(name, " grows with a state from call to call"));
    if (countsRows(module, name))
      return Status::usage("--static",
                           concat(name, " counts rows of a state, which come "
                                        "and go from call to call"));
    if (size < int64_t(symbol.getMin()) || size > int64_t(symbol.getMax()))
      return Status::usage("--static",
                           concat(name, " is ", size, ", but must be from ",
                                  symbol.getMin(), " to ", symbol.getMax()));
    return Status::ok();
  }
  return withSuggestion(
      Status::usage("--static", concat("the model has no ", quote(name))), name,
      names, "its sizes");
}

Status tenon::fixSizes(ModuleOp module,
                       const std::map<std::string, int64_t> &sizes) {
  for (const auto &[name, size] : sizes)
    TENON_RETURN_IF_ERROR(check(module, name, size));
  MLIRContext *context = module.getContext();
  auto fix = [&](DimAttr dim) {
    return substituteDims(dim, [&](DimAttr symbol) -> DimAttr {
      auto it = sizes.find(symbol.getName().str());
      return it == sizes.end() ? DimAttr()
                               : getConstantDim(context, it->second);
    });
  };
  // Types whose dims are all constant look otherwise, so they are made anew.
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [&](DimAttr dim) -> std::optional<std::pair<Attribute, WalkResult>> {
        return std::pair<Attribute, WalkResult>(fix(dim), WalkResult::skip());
      });
  replacer.addReplacement(
      [&](RankedTensorType type) -> std::optional<std::pair<Type, WalkResult>> {
        SmallVector<DimAttr> dims;
        for (DimAttr dim : getDims(type))
          dims.push_back(fix(dim));
        return std::pair<Type, WalkResult>(
            getTensorType(context, dims, type.getElementType()),
            WalkResult::skip());
      });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  for (auto symbol : llvm::make_early_inc_range(module.getOps<SymbolOp>()))
    if (sizes.contains(symbol.getSymName().str()))
      symbol.erase();
  return Status::ok();
}
