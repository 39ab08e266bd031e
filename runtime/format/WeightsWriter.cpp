//===- WeightsWriter.cpp - streaming constants into a file ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/format/WeightsWriter.h"

#include "support/Hash.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace tenon::format {

namespace {

/// A part of a constant that is produced and written at once.
struct Piece {
  uint32_t constant;
  uint64_t begin, size;
};

/// The pieces are taken by any thread in order, and land where they belong. A
/// block that lies in one piece is hashed with it, others by the thread that
/// writes the last bytes of them.
class Writer {
public:
  Writer(AtomicFile &file, const Header &header,
         std::span<const ConstantBytes> constants, const WriteOptions &options)
      : file_(file), header_(header), constants_(constants), options_(options),
        blocks_((header.weightsSize + hashBlockSize - 1) / hashBlockSize),
        missing_(blocks_), hashes_(blocks_) {
    cutIntoPieces();
  }

  Status run() {
    std::vector<std::thread> helpers;
    for (unsigned i = 1; i < options_.jobs && i < pieces_.size(); ++i)
      helpers.emplace_back([this] { work(); });
    work();
    for (std::thread &helper : helpers)
      helper.join();
    if (!status_)
      return std::move(status_);
    return file_.writeAt(header_.weightHashesOffset,
                         {reinterpret_cast<const char *>(hashes_.data()),
                          hashes_.size() * sizeof(uint64_t)});
  }

private:
  void cutIntoPieces() {
    constexpr uint64_t aim = 4 * 1024 * 1024;
    for (uint32_t i = 0; i < constants_.size(); ++i) {
      uint64_t granule = std::max<uint64_t>(1, constants_[i].source.granule);
      uint64_t step = std::max<uint64_t>(1, aim / granule) * granule;
      uint64_t size = constants_[i].size;
      for (uint64_t begin = 0; begin < size; begin += step)
        pieces_.push_back({i, begin, std::min(step, size - begin)});
      total_ += size;
      forEachBlock(constants_[i].offset, size, [&](uint64_t block, uint64_t n) {
        missing_[block] += static_cast<uint32_t>(n);
        return Status::ok();
      }).isOk();
    }
  }

  /// Calls `visit(block, bytes)` for the blocks that a range of the weights
  /// touches, until one fails.
  template <typename Visit>
  Status forEachBlock(uint64_t offset, uint64_t size, Visit visit) {
    while (size) {
      uint64_t block = offset / hashBlockSize;
      uint64_t part = std::min(size, (block + 1) * hashBlockSize - offset);
      TENON_RETURN_IF_ERROR(visit(block, part));
      offset += part;
      size -= part;
    }
    return Status::ok();
  }

  void work() {
    std::vector<uint8_t> buffer;
    for (size_t i; !failed_ && (i = next_.fetch_add(1)) < pieces_.size();) {
      if (Status status = process(pieces_[i], buffer); !status) {
        std::lock_guard lock(mutex_);
        // Pieces are taken in order, so every earlier one gets its say too.
        if (i < failedPiece_) {
          failedPiece_ = i;
          status_ = std::move(status);
        }
        failed_ = true;
      }
    }
  }

  Status process(const Piece &piece, std::vector<uint8_t> &buffer) {
    buffer.resize(piece.size);
    TENON_RETURN_IF_ERROR(
        constants_[piece.constant].source.read(piece.begin, buffer));
    uint64_t offset = constants_[piece.constant].offset + piece.begin;
    TENON_RETURN_IF_ERROR(file_.writeAt(
        header_.weightsOffset + offset,
        {reinterpret_cast<const char *>(buffer.data()), buffer.size()}));
    TENON_RETURN_IF_ERROR(
        forEachBlock(offset, piece.size, [&](uint64_t block, uint64_t bytes) {
          if (bytes == hashBlockSize) {
            uint64_t at = block * hashBlockSize - offset;
            hashes_[block] = hash64(std::span(buffer).subspan(at, bytes));
            return Status::ok();
          }
          bool isLast =
              missing_[block].fetch_sub(static_cast<uint32_t>(bytes)) == bytes;
          return isLast ? hashBlock(block) : Status::ok();
        }));
    std::lock_guard lock(mutex_);
    done_ += piece.size;
    if (options_.progress)
      options_.progress(done_, total_);
    return Status::ok();
  }

  /// Reads a block back, which is still in memory, and hashes it.
  Status hashBlock(uint64_t block) {
    uint64_t begin = block * hashBlockSize;
    uint64_t size = std::min(hashBlockSize, header_.weightsSize - begin);
    std::vector<uint8_t> buffer(size);
    uint64_t at = 0;
    while (at < size) {
      ssize_t count =
          pread(file_.descriptor().get(), buffer.data() + at, size - at,
                static_cast<off_t>(header_.weightsOffset + begin + at));
      if (count < 0 && errno == EINTR)
        continue;
      if (count <= 0)
        return Status::invalid(file_.path(),
                               "can't be read back: " + errorText(errno));
      at += static_cast<uint64_t>(count);
    }
    hashes_[block] = hash64(buffer);
    return Status::ok();
  }

  AtomicFile &file_;
  const Header &header_;
  std::span<const ConstantBytes> constants_;
  const WriteOptions &options_;
  uint64_t blocks_;
  std::vector<Piece> pieces_;
  std::vector<std::atomic<uint32_t>> missing_; ///< Bytes of each block.
  std::vector<uint64_t> hashes_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_; ///< Guards what follows.
  uint64_t done_ = 0, total_ = 0;
  size_t failedPiece_ = SIZE_MAX;
  Status status_;
};

} // namespace

Status writeWeights(AtomicFile &file, const Header &header,
                    std::span<const ConstantBytes> constants,
                    const WriteOptions &options) {
  return Writer(file, header, constants, options).run();
}

} // namespace tenon::format
