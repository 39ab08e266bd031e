//===- Safetensors.h - reading and writing .safetensors ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A file is 8 bytes with the header's length, a JSON header, and the data. The
// reader takes nothing on trust: the tensors must be of a known type, as large
// as their shape says, and fill the data without holes or overlaps.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_SAFETENSORS_H
#define TENON_SUPPORT_SAFETENSORS_H

#include "support/File.h"
#include "support/Status.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

enum class SafetensorsType {
  Bool,
  U8,
  I8,
  F8E5M2,
  F8E4M3,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  I64,
  U64,
  F64
};

/// As in the header: `BF16`, `I64`.
std::string_view typeName(SafetensorsType type);
std::optional<SafetensorsType> parseSafetensorsType(std::string_view name);
/// Bytes of one element.
uint64_t typeSize(SafetensorsType type);

/// `[2, 3]`.
std::string shapeText(std::span<const int64_t> shape);

/// A tensor of a file.
struct SafetensorsInfo {
  std::string name;
  SafetensorsType type = SafetensorsType::F32;
  std::vector<int64_t> shape;
  uint64_t offset = 0; ///< In bytes, from the start of the data.
  uint64_t size = 0;   ///< In bytes.
};

/// An open file. Its data are mapped, and may start at any address: elements
/// aren't aligned.
class SafetensorsFile {
public:
  /// Errors name the file and, where it is about one, the tensor.
  static Result<SafetensorsFile> open(const std::string &path);
  /// Reads a file that is in memory, which must outlive the result.
  static Result<SafetensorsFile> parse(std::span<const uint8_t> bytes,
                                       const std::string &name);

  const std::string &path() const { return path_; }
  /// Fails if the file has been written to, or replaced, since open().
  Status checkUnchanged() const { return mapping_.checkUnchanged(path_); }
  /// Sorted by name.
  std::span<const SafetensorsInfo> tensors() const { return tensors_; }
  /// Null if there is none of this name.
  const SafetensorsInfo *find(std::string_view name) const;
  /// The bytes of a tensor of this file.
  std::span<const uint8_t> data(const SafetensorsInfo &tensor) const {
    return data_.subspan(tensor.offset, tensor.size);
  }
  /// The header's `__metadata__`.
  const std::map<std::string, std::string> &metadata() const {
    return metadata_;
  }

private:
  std::string path_;
  MappedFile mapping_;
  std::span<const uint8_t> data_;
  std::vector<SafetensorsInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

/// Collects tensors and writes them as one file.
class SafetensorsWriter {
public:
  /// `data` must have the size that type and shape say and stay valid until
  /// write(). Names must be different.
  void add(std::string name, SafetensorsType type, std::vector<int64_t> shape,
           std::span<const uint8_t> data);

  /// The same tensors give the same bytes, in whatever order they were added.
  /// The file appears only when it is complete.
  Status write(const std::string &path) const;

private:
  struct Entry {
    std::string name;
    SafetensorsType type;
    std::vector<int64_t> shape;
    std::span<const uint8_t> data;
  };
  std::vector<Entry> entries_;
};

} // namespace tenon

#endif // TENON_SUPPORT_SAFETENSORS_H
