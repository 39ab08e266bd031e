//===- TestFiles.h - a folder for a test ------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_SUPPORT_TESTFILES_H
#define TENON_TEST_SUPPORT_TESTFILES_H

#include "support/File.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

namespace tenon {

/// An empty folder that is removed at the end.
class TestFolder {
public:
  TestFolder() {
    std::string name = std::filesystem::temp_directory_path() / "tenon-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string &name) const {
    return path_ + "/" + name;
  }
  const std::string &path() const { return path_; }

  std::string write(const std::string &name, std::string_view contents) const {
    std::string path = path_ + "/" + name;
    EXPECT_TRUE(writeFile(path, contents).isOk());
    return path;
  }
  size_t files() const {
    auto entries = std::filesystem::directory_iterator(path_);
    return static_cast<size_t>(
        std::distance(begin(entries), std::filesystem::directory_iterator()));
  }

private:
  std::string path_;
};

/// The message of a failure, without the folder's name.
inline std::string without(const TestFolder &folder, std::string message) {
  std::string prefix = folder.path() + "/";
  for (size_t at; (at = message.find(prefix)) != message.npos;)
    message.erase(at, prefix.size());
  return message;
}

} // namespace tenon

#endif // TENON_TEST_SUPPORT_TESTFILES_H
