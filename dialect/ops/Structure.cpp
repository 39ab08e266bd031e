//===- Structure.cpp - symbols, globals, kernels and launches -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/ops/Common.h"

using namespace tenon;
using namespace mlir;

#include "mlir/Dialect/Func/IR/FuncOps.h"

LogicalResult SymbolOp::verify() {
  int64_t min = getMinAttr().getInt(), max = getMaxAttr().getInt();
  int64_t typical = getTypicalAttr().getInt();
  if (min < 0 || min > max)
    return emitOpError("bounds ")
           << min << " .. " << max << " are empty or negative";
  if (typical < min || typical > max)
    return emitOpError("typical value ") << typical << " is outside the bounds";
  return success();
}

//===----------------------------------------------------------------------===//
// Globals
//===----------------------------------------------------------------------===//

LogicalResult GlobalOp::verifyRegions() {
  auto yield = dyn_cast_or_null<YieldOp>(
      getBody().front().empty() ? nullptr : &getBody().front().back());
  if (!yield || yield.getNumOperands() != 1 ||
      yield.getOperand(0).getType() != getType())
    return emitOpError("must end with a yield of one ") << getType();
  if (getBody().getNumArguments() != 0)
    return emitOpError("takes no arguments");
  return success();
}

LogicalResult GlobalRefOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto global =
      symbols.lookupNearestSymbolFrom<GlobalOp>(*this, getGlobalAttr());
  if (!global)
    return emitOpError("there is no global ") << getGlobalAttr();
  if (global.getType() != getResult().getType())
    return emitOpError("has type ")
           << getResult().getType() << ", the global " << global.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

LogicalResult KernelOp::verifyRegions() {
  Block &body = getBody().front();
  if (body.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("arguments don't match the inputs");
  auto yield = cast<YieldOp>(body.getTerminator());
  if (yield.getOperandTypes() != getOutputs().getTypes())
    return emitOpError("yields don't match the outputs");
  return success();
}

// kernel (%a = %x : type, ...) -> (types) attributes {...} { body }
void KernelOp::print(OpAsmPrinter &printer) {
  Block &body = getBody().front();
  printer << " (";
  llvm::interleaveComma(
      llvm::zip(body.getArguments(), getInputs()), printer, [&](auto pair) {
        auto [argument, input] = pair;
        printer << argument << " = " << input << " : " << input.getType();
      });
  printer << ") -> (";
  llvm::interleaveComma(getOutputs().getTypes(), printer);
  printer << ")";
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << " ";
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> inputs;
  auto parseInput = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    return failure(parser.parseArgument(argument) || parser.parseEqual() ||
                   parser.parseOperand(inputs.emplace_back()) ||
                   parser.parseColonType(argument.type));
  };
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseInput) ||
      parser.parseArrow() ||
      parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Paren,
          [&]() { return parser.parseType(result.types.emplace_back()); }) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes))
    return failure();
  SmallVector<Type> types;
  for (const auto &argument : arguments)
    types.push_back(argument.type);
  if (parser.resolveOperands(inputs, types, loc, result.operands))
    return failure();
  Region *body = result.addRegion();
  if (parser.parseRegion(*body, arguments))
    return failure();
  ensureTerminator(*body, parser.getBuilder(), result.location);
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto kernel =
      symbols.lookupNearestSymbolFrom<func::FuncOp>(*this, getKernelAttr());
  if (!kernel)
    return emitOpError("there is no kernel ") << getKernelAttr();
  auto names = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
  if (!names)
    return emitOpError() << getKernelAttr() << " isn't a kernel";
  if (names.size() != getDims().getDims().size())
    return emitOpError("gives ") << getDims().getDims().size()
                                 << " dims, the kernel has " << names.size();
  if (kernel.getNumArguments() != getInputs().size() ||
      kernel.getNumResults() != getOutputs().size())
    return emitOpError("doesn't match the kernel's arguments and results");
  return success();
}
