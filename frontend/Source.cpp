//===- Source.cpp - architecture files and places in them -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Source.h"

#include "support/Text.h"

#include <algorithm>

using namespace tenon;
using namespace tenon::arch;

SourceFile::SourceFile(std::string path, std::string name, std::string text,
                       bool library)
    : filePath(std::move(path)), fileName(std::move(name)),
      contents(std::move(text)), library(library) {
  lines.push_back(0);
  for (uint32_t i = 0; i < contents.size(); ++i)
    if (contents[i] == '\n')
      lines.push_back(i + 1);
}

/// The number of code points among bytes begin .. end - 1.
static size_t countCodePoints(llvm::StringRef text) {
  return std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
  });
}

SourcePlace SourceFile::place(uint32_t begin, uint32_t end) const {
  auto it = std::upper_bound(lines.begin(), lines.end(), begin);
  size_t line = it - lines.begin();
  uint32_t start = lines[line - 1];
  uint32_t lineEnd = it == lines.end() ? contents.size() : *it - 1;
  end = std::max(std::min(end, lineEnd), begin);
  return {line, countCodePoints(text().slice(start, begin)) + 1,
          std::max<size_t>(countCodePoints(text().slice(begin, end)), 1)};
}

std::string SourceRange::str() const {
  if (!file)
    return "";
  SourcePlace place = file->place(begin, end);
  return concat(std::string_view(file->path()), ':', place.line, ':',
                place.column);
}
