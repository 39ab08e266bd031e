//===- SourceText.cpp - errors that show the line -------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/SourceText.h"

#include "support/Text.h"

namespace tenon {

/// Line `number` of `text`, without its end; empty if there is none.
static std::string_view lineOf(std::string_view text, size_t number) {
  for (size_t line = 1; line < number; ++line) {
    size_t end = text.find('\n');
    if (end == text.npos)
      return {};
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

static bool startsCodePoint(char c) {
  return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
}

Status sourceError(std::string_view name, std::string_view text,
                   SourcePlace place, std::string what) {
  std::string_view line = lineOf(text, place.line);
  // The caret's line repeats tabs, so that it ends up below the right place.
  std::string caret;
  size_t codePoints = 0;
  for (char c : line) {
    if (!startsCodePoint(c))
      continue;
    if (++codePoints < place.column)
      caret += c == '\t' ? '\t' : ' ';
  }
  if (codePoints + 1 < place.column)
    place.column = codePoints + 1;
  caret += '^';
  for (size_t i = 1; i < place.length && place.column + i <= codePoints; ++i)
    caret += '~';

  std::string shown;
  for (std::string_view piece : split(line, '\t')) {
    if (piece.data() != line.data())
      shown += '\t';
    shown += printable(piece, 400);
  }
  std::string number = concat(place.line);
  std::string margin(number.size(), ' ');
  return Status::invalid(concat(name, ':', place.line, ':', place.column),
                         std::move(what))
      .line(concat("  ", number, " | ", shown))
      .line(concat("  ", margin, " | ", caret));
}

} // namespace tenon
