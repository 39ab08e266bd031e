//===- Readable.h - answers for people --------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_READABLE_H
#define TENON_TOOLS_TENON_READABLE_H

#include "support/Json.h"

#include <string>

namespace tenon::tool {

/// An answer as lines: tables of labels and scores, sentences by similarity,
/// long vectors cut short. What has no such form is indented JSON.
std::string readableAnswer(const Json &inputs, const Json &answer);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_READABLE_H
