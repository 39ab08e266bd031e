//===- Safetensors.cpp - reading and writing .safetensors -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Safetensors.h"

#include "support/JsonWriter.h"
#include "support/SafetensorsHeader.h"
#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace tenon {

//===----------------------------------------------------------------------===//
// Types and shapes
//===----------------------------------------------------------------------===//

namespace {
struct TypeInfo {
  SafetensorsType type;
  std::string_view name;
  uint64_t size;
};
} // namespace

static constexpr TypeInfo typeTable[] = {
    {SafetensorsType::Bool, "BOOL", 1},
    {SafetensorsType::U8, "U8", 1},
    {SafetensorsType::I8, "I8", 1},
    {SafetensorsType::F8E5M2, "F8_E5M2", 1},
    {SafetensorsType::F8E4M3, "F8_E4M3", 1},
    {SafetensorsType::I16, "I16", 2},
    {SafetensorsType::U16, "U16", 2},
    {SafetensorsType::F16, "F16", 2},
    {SafetensorsType::BF16, "BF16", 2},
    {SafetensorsType::I32, "I32", 4},
    {SafetensorsType::U32, "U32", 4},
    {SafetensorsType::F32, "F32", 4},
    {SafetensorsType::I64, "I64", 8},
    {SafetensorsType::U64, "U64", 8},
    {SafetensorsType::F64, "F64", 8},
};

std::string_view typeName(SafetensorsType type) {
  return typeTable[static_cast<size_t>(type)].name;
}

uint64_t typeSize(SafetensorsType type) {
  return typeTable[static_cast<size_t>(type)].size;
}

std::optional<SafetensorsType> parseSafetensorsType(std::string_view name) {
  for (const TypeInfo &info : typeTable)
    if (info.name == name)
      return info.type;
  return std::nullopt;
}

std::string shapeText(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += concat(i ? ", " : "", shape[i]);
  return text + "]";
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

/// The limit of the reference implementation.
static constexpr uint64_t maxHeaderSize = 100'000'000;

static Status tensorError(const std::string &path, std::string_view tensor,
                          std::string what) {
  return Status::invalid(path, concat("tensor ", quote(tensor), ": ", what));
}

/// The bytes that type and shape need; no value if that overflows.
static std::optional<uint64_t> neededBytes(const SafetensorsInfo &tensor) {
  uint64_t bytes = typeSize(tensor.type);
  for (int64_t size : tensor.shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
      return std::nullopt;
  return bytes;
}

static Status checkSize(const std::string &path, const SafetensorsInfo &tensor,
                        uint64_t begin, uint64_t end, uint64_t available) {
  if (begin > end)
    return tensorError(
        path, tensor.name,
        concat("data begin at byte ", begin, " but end at byte ", end));
  if (end > available)
    return tensorError(path, tensor.name,
                       concat("data end at byte ", grouped(end),
                              " of the data, but the file has only ",
                              grouped(available)));
  std::optional<uint64_t> needed = neededBytes(tensor);
  if (!needed)
    return tensorError(
        path, tensor.name,
        concat("shape ", shapeText(tensor.shape), " is too large"));
  if (*needed != end - begin)
    return tensorError(path, tensor.name,
                       concat("shape ", shapeText(tensor.shape), " of ",
                              typeName(tensor.type), " needs ",
                              grouped(*needed), " bytes, but has ",
                              grouped(end - begin)));
  return Status::ok();
}

/// Fails unless the tensors fill `available` bytes without holes or overlaps.
static Status checkCoverage(const std::string &path,
                            std::span<const SafetensorsInfo> tensors,
                            uint64_t available) {
  std::vector<const SafetensorsInfo *> order;
  for (const SafetensorsInfo &tensor : tensors)
    order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](auto *a, auto *b) {
    return std::pair(a->offset, a->size) < std::pair(b->offset, b->size);
  });
  uint64_t end = 0;
  const SafetensorsInfo *last = nullptr;
  for (const SafetensorsInfo *tensor : order) {
    if (tensor->offset < end)
      return tensorError(path, tensor->name,
                         concat("overlaps tensor ", quote(last->name)));
    if (tensor->offset > end)
      return tensorError(path, tensor->name,
                         concat("leaves ", grouped(tensor->offset - end),
                                " unused bytes before its data"));
    end = tensor->offset + tensor->size;
    last = tensor;
  }
  if (end != available)
    return Status::invalid(path, concat("has ", grouped(available - end),
                                        " bytes behind its last tensor"));
  return Status::ok();
}

Result<SafetensorsFile> SafetensorsFile::parse(std::span<const uint8_t> bytes,
                                               const std::string &name) {
  if (bytes.size() < 8)
    return Status::invalid(name,
                           concat("isn't a safetensors file: it has only ",
                                  bytes.size(), " bytes"));
  // What `git clone` leaves where Git LFS isn't installed.
  constexpr std::string_view pointer = "version https://git-lfs.";
  if (bytes.size() > pointer.size() &&
      std::equal(pointer.begin(), pointer.end(), bytes.begin()))
    return Status::invalid(name, "is a pointer of Git LFS, not the file itself")
        .help("fetch it with `git lfs pull`");
  uint64_t headerSize = 0;
  for (int i = 0; i < 8; ++i)
    headerSize |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  if (headerSize > maxHeaderSize)
    return Status::invalid(name,
                           concat("isn't a safetensors file: a header of ",
                                  grouped(headerSize), " bytes"));
  if (headerSize > bytes.size() - 8)
    return Status::invalid(
        name, concat("is truncated: its header has ", grouped(headerSize),
                     " bytes, the file ", grouped(bytes.size())));
  std::string_view header(reinterpret_cast<const char *>(bytes.data()) + 8,
                          headerSize);
  SafetensorsFile file;
  file.path_ = name;
  file.data_ = bytes.subspan(8 + headerSize);
  TENON_ASSIGN_OR_RETURN(SafetensorsHeader parsed,
                         parseSafetensorsHeader(header, name));
  file.metadata_ = std::move(parsed.metadata);
  for (SafetensorsHeader::Tensor &tensor : parsed.tensors) {
    TENON_RETURN_IF_ERROR(checkSize(name, tensor.info, tensor.begin, tensor.end,
                                    file.data_.size()));
    tensor.info.offset = tensor.begin;
    tensor.info.size = tensor.end - tensor.begin;
    file.tensors_.push_back(std::move(tensor.info));
  }
  std::sort(file.tensors_.begin(), file.tensors_.end(),
            [](const auto &a, const auto &b) { return a.name < b.name; });
  for (size_t i = 1; i < file.tensors_.size(); ++i)
    if (file.tensors_[i - 1].name == file.tensors_[i].name)
      return tensorError(name, file.tensors_[i].name, "is there twice");
  TENON_RETURN_IF_ERROR(checkCoverage(name, file.tensors_, file.data_.size()));
  return file;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(MappedFile mapping, MappedFile::open(path));
  TENON_ASSIGN_OR_RETURN(SafetensorsFile file, parse(mapping.bytes(), path));
  file.mapping_ = std::move(mapping);
  return file;
}

const SafetensorsInfo *SafetensorsFile::find(std::string_view name) const {
  auto at =
      std::lower_bound(tensors_.begin(), tensors_.end(), name,
                       [](const SafetensorsInfo &tensor, std::string_view key) {
                         return tensor.name < key;
                       });
  return at != tensors_.end() && at->name == name ? &*at : nullptr;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

void SafetensorsWriter::add(std::string name, SafetensorsType type,
                            std::vector<int64_t> shape,
                            std::span<const uint8_t> data) {
  entries_.push_back({std::move(name), type, std::move(shape), data});
}

Status SafetensorsWriter::write(const std::string &path) const {
  // Larger elements first, so that all are aligned.
  std::vector<const Entry *> order;
  for (const Entry &entry : entries_)
    order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](auto *a, auto *b) {
    uint64_t sizeA = typeSize(a->type), sizeB = typeSize(b->type);
    return sizeA != sizeB ? sizeA > sizeB : a->name < b->name;
  });
  JsonWriter json;
  json.beginObject();
  uint64_t offset = 0;
  for (const Entry *entry : order) {
    json.key(entry->name).beginObject();
    json.key("dtype").string(typeName(entry->type));
    json.key("shape").beginArray();
    for (int64_t size : entry->shape)
      json.integer(size);
    json.endArray().key("data_offsets").beginArray();
    json.integer(static_cast<int64_t>(offset));
    offset += entry->data.size();
    json.integer(static_cast<int64_t>(offset)).endArray().endObject();
  }
  json.endObject();
  std::string header = json.take();
  header.resize((header.size() + 7) / 8 * 8, ' ');

  std::array<char, 8> length;
  for (int i = 0; i < 8; ++i)
    length[i] =
        static_cast<char>(static_cast<uint64_t>(header.size()) >> (8 * i));
  TENON_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  TENON_RETURN_IF_ERROR(file.write({length.data(), length.size()}));
  TENON_RETURN_IF_ERROR(file.write(header));
  for (const Entry *entry : order)
    TENON_RETURN_IF_ERROR(
        file.write({reinterpret_cast<const char *>(entry->data.data()),
                    entry->data.size()}));
  return file.commit();
}

} // namespace tenon
