//===- TomlTest.cpp - reading TOML settings -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Toml.h"

#include <gtest/gtest.h>

using namespace tenon;

static std::string failure(std::string text) {
  return TomlFile::parse(std::move(text), "p.toml").status().render();
}

TEST(Toml, Parses) {
  auto file = TomlFile::parse("[rules]\nepilogue = false\n", "p.toml");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->root()["rules"]["epilogue"].value<bool>(), false);
}

TEST(Toml, SyntaxErrorsShowTheLine) {
  EXPECT_EQ(failure("a = 1\nb = [1, 2\n"),
            "p.toml:2:10: Error while parsing array: encountered end-of-file\n"
            "  2 | b = [1, 2\n"
            "    |          ^");
  EXPECT_TRUE(failure("a = 1\na = 2\n").starts_with("p.toml:2:"));
}

TEST(Toml, KeysBeginWithLettersOrQuotes) {
  // toml++ assumes that they do, where it looks for one.
  for (const char *text :
       {"[.x]", "[[.x]]", "[a.]", "=1", "a.=1", "[a.=]", "[\xef\xbb\x93"})
    EXPECT_TRUE(TomlFile::parse(text, "p.toml")
                    .status()
                    .message()
                    .starts_with("p.toml:1:"))
        << text;
}

TEST(Toml, ErrorsAtValues) {
  auto file = TomlFile::parse("[rules]\n  epilogue = \"x\"\n", "p.toml");
  ASSERT_TRUE(file);
  const toml::node *node = file->root()["rules"]["epilogue"].node();
  EXPECT_EQ(file->error(*node, "must be a boolean").render(),
            "p.toml:2:14: must be a boolean\n"
            "  2 |   epilogue = \"x\"\n"
            "    |              ^~~");
}

TEST(Toml, UnknownKeysAreErrors) {
  auto file = TomlFile::parse("epilog = false\n", "p.toml");
  ASSERT_TRUE(file);
  std::vector<std::string> known = {"epilogue", "prologue"};
  EXPECT_EQ(file->checkKeys(file->root(), known).render(),
            "p.toml:1:1: unknown key 'epilog'\n"
            "  1 | epilog = false\n"
            "    | ^~~~~~\n"
            "help: did you mean 'epilogue'?");
}

TEST(Toml, DepthIsBounded) {
  EXPECT_FALSE(failure("a = " + std::string(100'000, '[')).empty());
}
