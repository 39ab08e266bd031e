//===- ShardedSafetensors.h - weights in one file or several ----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_SHARDEDSAFETENSORS_H
#define TENON_SUPPORT_SHARDEDSAFETENSORS_H

#include "support/Safetensors.h"

#include <memory>

namespace tenon {

/// The tensors of a checkpoint, whether they are in one file or in the shards
/// of an index.
class ShardedSafetensors {
public:
  /// A tensor and the file it is in; both live as long as the checkpoint.
  struct Entry {
    const SafetensorsFile *file;
    const SafetensorsInfo *info;

    std::span<const uint8_t> data() const { return file->data(*info); }
  };

  /// Opens one file.
  static Result<ShardedSafetensors> openFile(const std::string &path);
  /// Opens the shards that a model.safetensors.index.json names. They must lie
  /// beside it, and hold exactly the tensors that it says.
  static Result<ShardedSafetensors> openIndex(const std::string &path);

  /// By name.
  const std::map<std::string, Entry, std::less<>> &tensors() const {
    return tensors_;
  }
  const Entry *find(std::string_view name) const {
    auto found = tensors_.find(name);
    return found == tensors_.end() ? nullptr : &found->second;
  }
  std::span<const std::unique_ptr<SafetensorsFile>> files() const {
    return files_;
  }

private:
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::map<std::string, Entry, std::less<>> tensors_;
};

} // namespace tenon

#endif // TENON_SUPPORT_SHARDEDSAFETENSORS_H
