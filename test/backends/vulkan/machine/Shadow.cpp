//===- Shadow.cpp - who read and wrote memory last ------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Shadow.h"

namespace machine {

std::optional<Conflict> Shadow::note(uint64_t offset, uint64_t size,
                                     const Access &access) {
  std::optional<Conflict> found;
  if (pages.size() <= (offset + size) / pageBytes)
    pages.resize((offset + size) / pageBytes + 1);
  for (uint64_t at = offset; at < offset + size; ++at) {
    auto &page = pages[at / pageBytes];
    if (!page)
      page = std::make_unique<Page>();
    Byte &byte = (*page)[at % pageBytes];
    auto isUnordered = [&](uint32_t who, uint32_t time) {
      uint32_t since =
          who == Access::copier ? access.sinceOfCopies : access.since;
      return time && time >= since &&
             (time != access.time || who != access.who);
    };
    bool bothAtomic = byte.isAtomic && access.kind == Access::Atomic;
    if (isUnordered(byte.writer, byte.written) && !bothAtomic)
      found = Conflict{at, true, byte.writer, byte.written};
    if (access.kind == Access::Read) {
      bool isOther = byte.read == access.time && byte.reader != access.who;
      byte.reader = isOther ? many : access.who;
      byte.read = access.time;
      continue;
    }
    if (isUnordered(byte.reader, byte.read))
      found = Conflict{at, false, byte.reader, byte.read};
    byte.writer = access.who;
    byte.written = access.time;
    byte.isAtomic = access.kind == Access::Atomic;
  }
  return found;
}

bool Shadow::isWritten(uint64_t byte, uint32_t since) const {
  uint64_t page = byte / pageBytes;
  return page < pages.size() && pages[page] &&
         (*pages[page])[byte % pageBytes].written >= since;
}

} // namespace machine
