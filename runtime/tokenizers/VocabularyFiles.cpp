//===- VocabularyFiles.cpp - vocab.txt, merges.txt --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "VocabularyFiles.h"

#include "Unicode.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

Status checkUtf8(std::string_view text, const std::string &where) {
  size_t bad = findInvalidUtf8(text);
  if (bad == std::string_view::npos)
    return Status::ok();
  return Status::invalid(where,
                         "byte " + std::to_string(bad) + ": invalid UTF-8");
}

/// The line at `at`, which is moved behind its end; false if there is no end.
bool takeLine(std::string_view text, size_t &at, std::string_view &line) {
  size_t end = text.find_first_of("\r\n", at);
  bool ended = end != std::string_view::npos;
  end = std::min(end, text.size());
  line = text.substr(at, end - at);
  at = std::min(end + (text.substr(end, 2) == "\r\n" ? 2 : 1), text.size());
  return ended;
}

/// Appends the parts between white space, as Python's str.split().
void splitWords(std::string_view line, std::vector<std::string_view> &out) {
  const CharTable &table = CharTable::get();
  const char *at = line.data(), *end = at + line.size(), *word = nullptr;
  while (at != end) {
    const char *start = at;
    char32_t c = decodeUtf8(at);
    bool space = table.is(c, Whitespace) || (c >= 0x1C && c <= 0x1F);
    if (!space && !word)
      word = start;
    if (space && word)
      out.emplace_back(word, static_cast<size_t>(start - word));
    if (space)
      word = nullptr;
  }
  if (word)
    out.emplace_back(word, static_cast<size_t>(end - word));
}

} // namespace

Status readVocabTxt(std::string_view text, const std::string &where,
                    VocabularyBuilder &vocabulary) {
  TENON_RETURN_IF_ERROR(checkUtf8(text, where));
  vocabulary.begin(2 * text.size());
  int64_t id = 0;
  std::string_view line;
  for (size_t at = 0; at < text.size(); ++id) {
    takeLine(text, at, line);
    TENON_RETURN_IF_ERROR(vocabulary.entry(line, id));
  }
  if (id == 0)
    return Status::invalid(where, "it is empty");
  return Status::ok();
}

Status readMergesTxt(std::string_view text, const std::string &where,
                     VocabularyBuilder &vocabulary) {
  TENON_RETURN_IF_ERROR(checkUtf8(text, where));
  vocabulary.mergesWhere = where;
  vocabulary.firstMergeCounts = true;
  std::string_view line;
  std::vector<std::string_view> words;
  size_t at = 0;
  for (size_t number = 1; takeLine(text, at, line); ++number) {
    if (number == 1)
      continue;
    words.clear();
    splitWords(line, words);
    if (words.size() != 2)
      return Status::invalid(where, "line " + std::to_string(number) +
                                        ": a merge is two tokens, not " +
                                        std::to_string(words.size()));
    TENON_RETURN_IF_ERROR(vocabulary.merge(words[0], words[1]));
  }
  return Status::ok();
}

} // namespace tenon::tokenizers
