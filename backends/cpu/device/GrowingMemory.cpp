//===- GrowingMemory.cpp - memory that keeps what it holds ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/GrowingMemory.h"

#include "support/File.h"
#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <cerrno>
#include <sys/mman.h>

namespace tenon::cpu {

GrowingMemory::~GrowingMemory() {
  if (data_)
    munmap(data_, size_);
}

Status GrowingMemory::reserve(uint64_t size) {
  if (size <= size_)
    return Status::ok();
  // Addresses cost nothing until they are written to, so there are plenty.
  constexpr uint64_t step = uint64_t(64) << 20;
  uint64_t wanted = (std::max(size, 2 * size_) + step - 1) / step * step;
  void *memory = data_
                     ? mremap(data_, size_, wanted, MREMAP_MAYMOVE)
                     : mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return Status::invalid("memory", concat("can't get ", humanSize(wanted),
                                            " for states: ", errorText(errno)));
  data_ = static_cast<char *>(memory);
  size_ = wanted;
  return Status::ok();
}

} // namespace tenon::cpu
