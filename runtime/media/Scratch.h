//===- Scratch.h - memory kept from image to image --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The system clears each page of memory that it gives, which for small images
// takes as long as much of the arithmetic. So who prepares many images keeps
// what the passes over one need for the next.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_MEDIA_SCRATCH_H
#define TENON_RUNTIME_MEDIA_SCRATCH_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tenon::media {

/// For one thread at a time. It keeps as many blocks as were ever in use at
/// once, none larger than `mostKept`: more pays for its pages.
class Scratch {
public:
  static constexpr size_t mostKept = size_t(4) << 20;

  /// Gives a block back to where it comes from.
  struct Return {
    Scratch *scratch = nullptr;
    size_t size = 0;
    void operator()(uint8_t *data) const;
  };
  /// Must not outlive its Scratch.
  using Memory = std::unique_ptr<uint8_t[], Return>;

  Scratch() = default;
  Scratch(const Scratch &) = delete;

  /// At least so many bytes, of no meaning, that begin with a line of the
  /// cache; null for want of memory.
  Memory get(size_t size);

private:
  struct Free {
    void operator()(uint8_t *data) const;
  };
  struct Block {
    std::unique_ptr<uint8_t[], Free> data;
    size_t size;
  };

  std::vector<Block> unused_;
};

} // namespace tenon::media

#endif // TENON_RUNTIME_MEDIA_SCRATCH_H
