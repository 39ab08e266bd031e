//===- ElfSections.cpp - adding sections to a linked object ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/format/ElfSections.h"

#include "runtime/Elf.h"
#include "runtime/Format.h"

#include <cassert>
#include <cstring>
#include <elf.h>
#include <span>

namespace tenon::format {

template <typename T> static T readAt(std::string_view bytes, uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

static Elf64_Shdr sectionHeader(std::string_view bytes, unsigned index) {
  auto header = readAt<Elf64_Ehdr>(bytes, 0);
  return readAt<Elf64_Shdr>(bytes, header.e_shoff + index * sizeof(Elf64_Shdr));
}

/// The section names of the object, with all terminators.
static std::string_view nameTable(std::string_view bytes) {
  auto header = readAt<Elf64_Ehdr>(bytes, 0);
  Elf64_Shdr section = sectionHeader(bytes, header.e_shstrndx);
  return bytes.substr(section.sh_offset, section.sh_size);
}

std::string emptySharedObject() {
  static constexpr char names[] = "\0.shstrtab";
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = EM_NONE;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof(Elf64_Ehdr);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shoff = sizeof(Elf64_Ehdr);
  header.e_shnum = 2;
  header.e_shstrndx = 1;
  Elf64_Shdr sections[2] = {};
  sections[1].sh_name = 1;
  sections[1].sh_type = SHT_STRTAB;
  sections[1].sh_offset = sizeof(header) + sizeof(sections);
  sections[1].sh_size = sizeof(names);
  sections[1].sh_addralign = 1;
  std::string object(reinterpret_cast<const char *>(&header), sizeof(header));
  object.append(reinterpret_cast<const char *>(sections), sizeof(sections));
  return object.append(names, sizeof(names));
}

Status ElfSections::check() const {
  auto elf = runtime::parseElf(
      std::span(reinterpret_cast<const uint8_t *>(bytes_.data()),
                bytes_.size()),
      "linked object");
  return elf ? Status::ok() : elf.status();
}

uint64_t ElfSections::add(std::string_view name, const std::string &contents) {
  bytes_.resize((bytes_.size() + pageSize - 1) / pageSize * pageSize, '\0');
  added_.push_back(
      {std::string(name), bytes_.size(), contents.size(), pageSize});
  bytes_ += contents;
  return added_.back().offset;
}

uint64_t ElfSections::sizeWithExternal(std::string_view name,
                                       uint64_t alignment) const {
  uint64_t size = bytes_.size() + nameTable(bytes_).size() + name.size() + 1;
  for (const Added &section : added_)
    size += section.name.size() + 1;
  auto header = readAt<Elf64_Ehdr>(bytes_, 0);
  size = (size + 7) / 8 * 8;
  size += (header.e_shnum + added_.size() + 1) * sizeof(Elf64_Shdr);
  return (size + alignment - 1) / alignment * alignment;
}

std::string ElfSections::finish(std::string_view externalName,
                                uint64_t externalOffset,
                                uint64_t externalSize) {
  added_.push_back({std::string(externalName), externalOffset, externalSize,
                    weightsAlignment});
  auto header = readAt<Elf64_Ehdr>(bytes_, 0);
  std::vector<Elf64_Shdr> sections;
  for (unsigned i = 0; i < header.e_shnum; ++i)
    sections.push_back(sectionHeader(bytes_, i));

  std::string names(nameTable(bytes_));
  for (const Added &section : added_) {
    Elf64_Shdr added{};
    added.sh_name = static_cast<Elf64_Word>(names.size());
    added.sh_type = SHT_PROGBITS;
    added.sh_offset = section.offset;
    added.sh_size = section.size;
    added.sh_addralign = section.alignment;
    sections.push_back(added);
    names += section.name;
    names += '\0';
  }
  Elf64_Shdr &nameSection = sections[header.e_shstrndx];
  nameSection.sh_offset = bytes_.size();
  nameSection.sh_size = names.size();
  nameSection.sh_addralign = 1;
  bytes_ += names;

  bytes_.resize((bytes_.size() + 7) / 8 * 8, '\0');
  header.e_shoff = bytes_.size();
  header.e_shnum = static_cast<Elf64_Half>(sections.size());
  bytes_.append(reinterpret_cast<const char *>(sections.data()),
                sections.size() * sizeof(Elf64_Shdr));
  std::memcpy(bytes_.data(), &header, sizeof(header));
  assert(bytes_.size() <= externalOffset);
  return std::move(bytes_);
}

} // namespace tenon::format
