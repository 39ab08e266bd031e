//===- OpTable.cpp - ops by mnemonic --------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/OpTable.h"

#include "dialect/TenonOps.h"

using namespace tenon;
using namespace tenon::arch;

static std::string prefixed(llvm::StringRef name) {
  return (TenonDialect::getDialectNamespace() + "." + name).str();
}

std::optional<mlir::RegisteredOperationName>
arch::findOp(mlir::MLIRContext &context, llvm::StringRef name) {
  auto op = mlir::RegisteredOperationName::lookup(prefixed(name), &context);
  if (op && op->hasInterface<SignatureOpInterface>())
    return op;
  return std::nullopt;
}

llvm::ArrayRef<ArgumentSpec>
arch::getSignature(mlir::RegisteredOperationName name) {
  return name.getInterface<SignatureOpInterface>()->getSignature();
}

llvm::StringRef arch::getMnemonic(mlir::RegisteredOperationName name) {
  return name.stripDialect();
}

bool arch::takesCaptures(llvm::ArrayRef<ArgumentSpec> signature,
                         const ArgumentSpec &spec) {
  return spec.kind == ArgumentSpec::VariadicOperand &&
         llvm::any_of(signature, [](const ArgumentSpec &other) {
           return other.kind == ArgumentSpec::Region;
         });
}

void arch::collectOpNames(mlir::MLIRContext &context,
                          std::vector<std::string> &names) {
  for (mlir::RegisteredOperationName name : context.getRegisteredOperations())
    if (name.getDialectNamespace() == TenonDialect::getDialectNamespace() &&
        name.hasInterface<SignatureOpInterface>())
      names.push_back(getMnemonic(name).str());
}
