//===- ElfSections.h - adding sections to a linked object -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_FORMAT_ELFSECTIONS_H
#define TENON_RUNTIME_FORMAT_ELFSECTIONS_H

#include "support/Status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::format {

/// A shared object for no machine in particular, without any code.
std::string emptySharedObject();

/// Appends sections, and a section header table that lists them, behind a
/// linked shared object. Its segments stay as they are, so that it loads as
/// before and nothing of what is added.
class ElfSections {
public:
  explicit ElfSections(std::string_view object) : bytes_(object) {}

  /// Fails if the object isn't one; to be called first.
  Status check() const;

  /// Adds a section at the next page; returns its offset in the file.
  uint64_t add(std::string_view name, const std::string &contents);

  /// Where a last section, whose contents others write, will start: behind the
  /// section headers, at a multiple of `alignment`.
  uint64_t sizeWithExternal(std::string_view name, uint64_t alignment) const;

  /// Writes names and headers, among them of that last section, and returns all
  /// bytes of the file before it.
  std::string finish(std::string_view externalName, uint64_t externalOffset,
                     uint64_t externalSize);

private:
  struct Added {
    std::string name;
    uint64_t offset, size, alignment;
  };

  std::string bytes_;
  std::vector<Added> added_;
};

} // namespace tenon::format

#endif // TENON_RUNTIME_FORMAT_ELFSECTIONS_H
