//===- ElaborateRegions.cpp - functions on elements -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A region of an op is made by calling a function of the language with scalars.
// Tensors that the function reads become captured operands of the op.
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"
#include "frontend/OpTable.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;

bool Elaborator::captureOperands(llvm::SmallVectorImpl<mlir::Value> &operands,
                                 SourceRange range) {
  RegionState &region = *regions.back();
  for (mlir::Value &operand : operands) {
    if (!mlir::isa<mlir::RankedTensorType>(operand.getType())) {
      // A scalar of an outer region doesn't reach into this one.
      if (operand.getParentBlock() != region.block) {
        fail(range, "an element of another function can't be used here");
        return false;
      }
      continue;
    }
    mlir::Value &inner = region.captured[operand];
    if (!inner) {
      inner = region.block->addArgument(operand.getType(), operand.getLoc());
      setOrigins(inner, llvm::to_vector(originsOf(operand)));
      region.captures.push_back(operand);
    }
    operand = inner;
  }
  return true;
}

bool Elaborator::buildRegion(mlir::RegisteredOperationName name, unsigned index,
                             const Value &function, mlir::ValueRange operands,
                             SourceRange range, mlir::Region &region,
                             llvm::SmallVectorImpl<mlir::Value> &captures) {
  llvm::SmallVector<mlir::Type> parameters, yields;
  if (mlir::failed(
          name.getInterface<SignatureOpInterface>()->getRegionSignature(
              index, operands, parameters, yields))) {
    fail(range, "'" + getMnemonic(name) + "' takes no function here");
    return false;
  }
  if (inRegion()) {
    fail(range, "an op with a function can't be used inside one");
    return false;
  }
  if (!function.is(Value::Kind::Function)) {
    fail(range, "expected a function of " +
                    plural(parameters.size(), "element") + ", not " +
                    describe(function.kind()));
    return false;
  }

  mlir::Block &block = region.emplaceBlock();
  mlir::Location loc = placeOf(range);
  ArgumentValues arguments;
  for (mlir::Type type : parameters)
    arguments.push_back(
        {Identifier(), Value(block.addArgument(type, loc)), range});
  RegionState state(&context, block);
  regions.push_back(&state);
  Value result = call(function, std::move(arguments), range);
  llvm::SmallVector<mlir::Value> results;
  bool good = !result.isError();
  if (good) {
    llvm::SmallVector<Value> values{result};
    if (result.is(Value::Kind::List))
      values.assign(result.list().begin(), result.list().end());
    good = values.size() == yields.size();
    if (!good)
      fail(range, "the function must give " + plural(yields.size(), "element"));
    for (auto [value, type] : llvm::zip(values, yields)) {
      Value element = convert(value, type, /*isScalar=*/true, range);
      if (element.isError()) {
        good = false;
        continue;
      }
      mlir::Type found = element.tensor().getType();
      if (found != type) {
        fail(range, "the function gives " + typeText(found) + ", not " +
                        typeText(type));
        good = false;
      }
      results.push_back(element.tensor());
    }
  }
  if (good)
    YieldOp::create(state.builder, loc, results);
  regions.pop_back();
  captures = state.captures;
  return good;
}

std::string Elaborator::typeText(mlir::Type type) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (auto tensor = mlir::dyn_cast<mlir::RankedTensorType>(type)) {
    stream << tensor.getElementType() << "[";
    llvm::interleaveComma(getDims(type), stream, [&](DimAttr dim) {
      stream << (dim ? dim.str() : "?");
    });
    stream << "]";
  } else {
    stream << "an element of type " << type;
  }
  return text;
}
