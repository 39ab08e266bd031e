//===- OpTable.h - ops by mnemonic ------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The front end has no list of ops: what is registered and says its signature
// can be called.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_OPTABLE_H
#define TENON_FRONTEND_OPTABLE_H

#include "dialect/TenonInterfaces.h"

#include "mlir/IR/MLIRContext.h"

namespace tenon::arch {

/// The op that the language calls `name`.
std::optional<mlir::RegisteredOperationName> findOp(mlir::MLIRContext &context,
                                                    llvm::StringRef name);

/// What such an op takes.
llvm::ArrayRef<ArgumentSpec> getSignature(mlir::RegisteredOperationName name);

/// The op's name in the language.
llvm::StringRef getMnemonic(mlir::RegisteredOperationName name);

/// An op with a region takes the tensors that the region reads as its variadic
/// operand; calls don't name it.
bool takesCaptures(llvm::ArrayRef<ArgumentSpec> signature,
                   const ArgumentSpec &spec);

void collectOpNames(mlir::MLIRContext &context,
                    std::vector<std::string> &names);

} // namespace tenon::arch

#endif // TENON_FRONTEND_OPTABLE_H
