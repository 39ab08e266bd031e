//===- Builtins.h - functions that the language is born with ----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What can't be written in the language: questions about values, and arithmetic
// on numbers that are known when a model is built (`math.log`). None of them
// knows an op.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_BUILTINS_H
#define TENON_FRONTEND_BUILTINS_H

#include "frontend/Source.h"
#include "llvm/ADT/ArrayRef.h"

namespace tenon::arch {

class Elaborator;
class Value;
struct ArgumentValue;

struct Builtin {
  llvm::StringLiteral name;
  bool inMath; ///< Called as `math.name`.
  /// How many arguments it takes.
  unsigned least, most;
  Value (*run)(Elaborator &elaborator, llvm::ArrayRef<ArgumentValue> arguments,
               SourceRange range);
};

llvm::ArrayRef<Builtin> builtins();
const Builtin *findBuiltin(llvm::StringRef name, bool inMath);
/// Names with a value of their own: `pi`, `inf`, the element types.
bool isConstantName(llvm::StringRef name);
llvm::ArrayRef<llvm::StringLiteral> elementTypeNames();

} // namespace tenon::arch

#endif // TENON_FRONTEND_BUILTINS_H
