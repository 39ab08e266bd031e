//===- Source.h - architecture files and places in them ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_SOURCE_H
#define TENON_FRONTEND_SOURCE_H

#include "support/SourceText.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::arch {

/// The text of one `.arch` file.
class SourceFile {
public:
  /// `path` is what messages show; `name`, which doesn't depend on where the
  /// file lies, is what locations in the IR show.
  SourceFile(std::string path, std::string name, std::string text,
             bool library = false);

  llvm::StringRef path() const { return filePath; }
  llvm::StringRef name() const { return fileName; }
  llvm::StringRef text() const { return contents; }
  /// Whether it serves all families: errors are shown where it is used.
  bool isLibrary() const { return library; }

  /// Line and column of a byte, from 1; columns count code points.
  SourcePlace place(uint32_t begin, uint32_t end) const;

private:
  std::string filePath, fileName, contents;
  bool library;
  /// Where each line begins.
  std::vector<uint32_t> lines;
};

/// Bytes `begin` to `end` (exclusive) of a file; of no file if there is no
/// source for something.
struct SourceRange {
  const SourceFile *file = nullptr;
  uint32_t begin = 0, end = 0;

  explicit operator bool() const { return file != nullptr; }
  bool operator==(const SourceRange &) const = default;
  bool contains(SourceRange other) const {
    return file == other.file && begin <= other.begin && end >= other.end;
  }
  llvm::StringRef text() const {
    return file ? file->text().slice(begin, end) : llvm::StringRef();
  }
  /// `path:line:column`.
  std::string str() const;
  /// From the beginning of this to the end of `last`.
  SourceRange to(SourceRange last) const { return {file, begin, last.end}; }
};

} // namespace tenon::arch

#endif // TENON_FRONTEND_SOURCE_H
