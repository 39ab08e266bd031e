//===- Elf.cpp - the sections of an ELF file ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Elf.h"

#include "support/Text.h"

#include <cstring>
#include <elf.h>

namespace tenon::runtime {

const ElfSection *ElfFile::find(std::string_view name) const {
  for (const ElfSection &section : sections)
    if (section.name == name)
      return &section;
  return nullptr;
}

/// Whether `size` bytes from `offset` lie in `bytes`.
static bool inside(std::span<const uint8_t> bytes, uint64_t offset,
                   uint64_t size) {
  return offset <= bytes.size() && size <= bytes.size() - offset;
}

Result<ElfFile> parseElf(std::span<const uint8_t> bytes,
                         const std::string &path) {
  auto notElf = [&] {
    return Status::invalid(path, "isn't a Tenon artifact: it is no ELF file");
  };
  auto damaged = [&](std::string_view what) {
    return Status::invalid(path, concat("is truncated or damaged: ", what));
  };
  Elf64_Ehdr header;
  if (bytes.size() < SELFMAG || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    return notElf();
  if (bytes.size() < sizeof(header))
    return damaged("its ELF header isn't complete");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN)
    return Status::invalid(path, "isn't a Tenon artifact: it is no 64-bit "
                                 "little-endian shared object");
  // A compiled model has some twenty sections.
  constexpr unsigned maxSections = 4096;
  if (header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shnum == 0 ||
      header.e_shnum > maxSections || header.e_shstrndx >= header.e_shnum)
    return damaged("its ELF header is wrong");
  if (!inside(bytes, header.e_shoff,
              uint64_t(header.e_shnum) * sizeof(Elf64_Shdr)))
    return damaged("its section headers lie beyond its end");

  auto sectionHeader = [&](unsigned index) {
    Elf64_Shdr section;
    std::memcpy(&section,
                bytes.data() + header.e_shoff + index * sizeof(section),
                sizeof(section));
    return section;
  };
  Elf64_Shdr nameTable = sectionHeader(header.e_shstrndx);
  if (!inside(bytes, nameTable.sh_offset, nameTable.sh_size))
    return damaged("its section names lie beyond its end");
  std::string_view names(reinterpret_cast<const char *>(bytes.data()) +
                             nameTable.sh_offset,
                         nameTable.sh_size);

  ElfFile file;
  file.machine = header.e_machine;
  for (unsigned i = 1; i < header.e_shnum; ++i) {
    Elf64_Shdr section = sectionHeader(i);
    if (section.sh_name >= names.size())
      return damaged("a section has no name");
    std::string_view name = names.substr(section.sh_name);
    size_t end = name.find('\0');
    if (end == name.npos)
      return damaged("a section's name has no end");
    name = name.substr(0, end);
    uint64_t size = section.sh_type == SHT_NOBITS ? 0 : section.sh_size;
    if (!name.empty() && file.find(name))
      return damaged(concat("section ", quote(name), " is there twice"));
    file.sections.push_back(
        {name, section.sh_offset, size, (section.sh_flags & SHF_ALLOC) != 0});
  }
  return file;
}

} // namespace tenon::runtime
