//===- PythonText.h - strings as Python takes them --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Methods of Python's str that pipelines use. Texts are UTF-8 and positions are
// code points, as in Python.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_PYTHONTEXT_H
#define TENON_RUNTIME_HEADS_PYTHONTEXT_H

#include "support/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace tenon::heads {

/// `text.strip()`.
std::string_view pythonStrip(std::string_view text);

/// `text.lower()`, a final sigma included.
std::string pythonLower(std::string_view text);

/// `len(text)`.
size_t pythonLength(std::string_view text);

/// `template.format(value)`: `{}`, `{0}`, `{{`, `}}`, and what a string may
/// have behind a colon: fill, alignment, width, precision. Errors are at
/// `where`.
Result<std::string> pythonFormat(std::string_view format,
                                 std::string_view value,
                                 const std::string &where);

/// A text with its code points found: `text[begin:end]` takes no time.
class CodePoints {
public:
  explicit CodePoints(std::string_view text);

  size_t size() const { return starts_.size() - 1; }
  /// Bounds past the end are the end, as in Python.
  std::string_view slice(size_t begin, size_t end) const;

private:
  std::string_view text_;
  std::vector<uint32_t> starts_; ///< In bytes; the last one is the end.
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_PYTHONTEXT_H
