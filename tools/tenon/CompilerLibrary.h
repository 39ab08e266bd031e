//===- CompilerLibrary.h - the compiler, when it is needed ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_COMPILERLIBRARY_H
#define TENON_TOOLS_TENON_COMPILERLIBRARY_H

#include "compiler/Compiler.h"

#include "support/Status.h"

namespace tenon::tool {

/// libtenon-compiler.so, looked for beside the program and in ../lib. Once
/// loaded it stays: LLVM doesn't like to be unloaded.
class CompilerLibrary {
public:
  /// The path of the library; fails if it isn't installed.
  static Result<std::string> find();
  static Result<CompilerLibrary> load();

  int (*main)(int argc, const char *const *argv) = nullptr;
  int (*compile)(const tenon_compile_request *request,
                 char **message) = nullptr;
  int (*probes)(const char *target, const char *variant, const char *output,
                char **message) = nullptr;

  /// What a function of the library that gave `status` and `message` found
  /// wrong; takes the message.
  static Status takeStatus(int status, char *message);
};

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_COMPILERLIBRARY_H
