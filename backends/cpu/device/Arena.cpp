//===- Arena.cpp - working memory -----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/Arena.h"

#include "support/File.h"
#include "support/Text.h"
#include "support/Units.h"

#include <cerrno>
#include <sys/mman.h>
#include <utility>

namespace tenon::cpu {

static constexpr uint64_t hugePage = 2 * 1024 * 1024;

Arena::~Arena() { release(); }

void Arena::release() {
  if (mapping_)
    munmap(std::exchange(mapping_, nullptr), mappingSize_);
  data_ = nullptr;
  size_ = 0;
}

Status Arena::reserve(uint64_t size) {
  if (size <= size_)
    return Status::ok();
  release();
  size = (size + hugePage - 1) / hugePage * hugePage;
  mappingSize_ = size + hugePage; // To align it.
  void *mapping = mmap(nullptr, mappingSize_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED)
    return Status::invalid("memory", concat("can't get ", humanSize(size),
                                            " to work in: ", errorText(errno)));
  mapping_ = mapping;
  uint64_t address = reinterpret_cast<uint64_t>(mapping);
  data_ = static_cast<char *>(mapping) +
          ((address + hugePage - 1) / hugePage * hugePage - address);
  size_ = size;
  // Only a wish: without huge pages all works, more slowly.
  madvise(data_, size_, MADV_HUGEPAGE);
  return Status::ok();
}

} // namespace tenon::cpu
