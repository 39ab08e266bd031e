//===- LinkableOutput.h - a shared object and its header --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_LINKABLEOUTPUT_H
#define TENON_COMPILER_LINKABLEOUTPUT_H

#include "compiler/Compilation.h"

namespace tenon {

/// Writes `path` (x.so), an artifact that a program can be linked with, and
/// x.h beside it: the names and shapes of its entries, and a function that
/// opens the model from wherever the dynamic loader found x.so.
Status writeLinkable(Compilation &compilation, const std::string &path);

} // namespace tenon

#endif // TENON_COMPILER_LINKABLEOUTPUT_H
