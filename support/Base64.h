//===- Base64.h - bytes in text ---------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_BASE64_H
#define TENON_SUPPORT_BASE64_H

#include "support/Status.h"

#include <string>
#include <string_view>

namespace tenon {

/// The bytes that base64 (RFC 4648) stands for. White space is skipped; other
/// characters are an error at `where`. The padding may be missing.
Result<std::string> decodeBase64(std::string_view text,
                                 const std::string &where);

} // namespace tenon

#endif // TENON_SUPPORT_BASE64_H
