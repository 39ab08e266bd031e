//===- Base64Test.cpp - bytes in text -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Base64.h"

#include <gtest/gtest.h>

using namespace tenon;

static std::string decoded(std::string_view text) {
  auto bytes = decodeBase64(text, "t");
  return bytes ? *bytes : bytes.status().message();
}

// The vectors of RFC 4648.
TEST(Base64, Decodes) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE"), "fooba");
  EXPECT_EQ(decoded("Zm9v\n YmFy\r\n"), "foobar");
  EXPECT_EQ(decoded("+/+/"), "\xfb\xff\xbf");
}

TEST(Base64, Refuses) {
  EXPECT_EQ(decoded("Zm9*"), "t: is no base64");
  EXPECT_EQ(decoded("Zg==Zg=="), "t: is no base64");
  EXPECT_EQ(decoded("Zm9vY"), "t: is no whole base64");
}
