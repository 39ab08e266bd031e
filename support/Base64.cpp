//===- Base64.cpp - bytes in text -----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Base64.h"

#include <cstdint>

namespace tenon {

static int valueOf(char c) {
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

Result<std::string> decodeBase64(std::string_view text,
                                 const std::string &where) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  uint32_t bits = 0;
  int count = 0; // Bits that wait.
  bool ended = false;
  for (char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
      continue;
    if (c == '=') {
      ended = true;
      continue;
    }
    int value = valueOf(c);
    if (value < 0 || ended)
      return Status::invalid(where, "is no base64");
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>(bits >> count & 0xff);
    }
  }
  // A last character alone stands for no byte.
  if (count >= 6)
    return Status::invalid(where, "is no whole base64");
  return bytes;
}

} // namespace tenon
