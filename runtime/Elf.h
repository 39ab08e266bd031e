//===- Elf.h - the sections of an ELF file ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_ELF_H
#define TENON_RUNTIME_ELF_H

#include "support/Status.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tenon::runtime {

struct ElfSection {
  std::string_view name;
  uint64_t offset, size; ///< In the file, in bytes; size is 0 without contents.
  bool isLoaded;         ///< Part of the memory image.
};

struct ElfFile {
  uint16_t machine; ///< EM_X86_64, ...
  std::vector<ElfSection> sections;

  /// The one section of this name; null if there is none.
  const ElfSection *find(std::string_view name) const;
};

/// Reads the section headers of a 64-bit little-endian shared object, of which
/// nothing is taken on trust. All sections lie in `bytes`. Errors are at
/// `path`.
Result<ElfFile> parseElf(std::span<const uint8_t> bytes,
                         const std::string &path);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ELF_H
