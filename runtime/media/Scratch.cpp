//===- Scratch.cpp - memory kept from image to image ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/media/Scratch.h"

#include <new>

namespace tenon::media {

static constexpr std::align_val_t alignment{64};

void Scratch::Free::operator()(uint8_t *data) const {
  ::operator delete[](data, alignment);
}

void Scratch::Return::operator()(uint8_t *data) const {
  Block block = {std::unique_ptr<uint8_t[], Free>(data), size};
  if (size <= mostKept)
    scratch->unused_.push_back(std::move(block));
}

Scratch::Memory Scratch::get(size_t size) {
  // The smallest that is large enough, or else the largest, to be replaced.
  auto best = unused_.end();
  for (auto it = unused_.begin(); it != unused_.end(); ++it)
    if (best == unused_.end() ||
        (best->size < size ? it->size > best->size
                           : it->size >= size && it->size < best->size))
      best = it;
  Block block;
  if (best != unused_.end()) {
    block = std::move(*best);
    unused_.erase(best);
  }
  if (!block.data || block.size < size) {
    block.data.reset();
    block.data.reset(static_cast<uint8_t *>(
        ::operator new[](size, alignment, std::nothrow)));
    block.size = size;
  }
  return Memory(block.data.release(), {this, block.size});
}

} // namespace tenon::media
