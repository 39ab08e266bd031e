//===- ShardedSafetensors.cpp - weights in one file or several ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/ShardedSafetensors.h"

#include "support/Json.h"
#include "support/Text.h"

#include <filesystem>

namespace tenon {

/// An index has a line for each tensor.
static constexpr uint64_t maxIndexSize = 64 * 1024 * 1024;

Result<ShardedSafetensors>
ShardedSafetensors::openFile(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  ShardedSafetensors checkpoint;
  checkpoint.files_.push_back(
      std::make_unique<SafetensorsFile>(std::move(file)));
  const SafetensorsFile &opened = *checkpoint.files_.back();
  for (const SafetensorsInfo &info : opened.tensors())
    checkpoint.tensors_.emplace(info.name, Entry{&opened, &info});
  return checkpoint;
}

/// Names of shards by the tensors in them.
static Result<std::map<std::string, std::string>>
readWeightMap(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(path, maxIndexSize));
  TENON_ASSIGN_OR_RETURN(Json index, parseJson(text, path));
  JsonMembers members(index, path);
  TENON_RETURN_IF_ERROR(members.checkObject());
  const Json *weightMap = members.find("weight_map");
  if (!weightMap || !weightMap->is_object())
    return members.wrong("weight_map", "an object");
  std::map<std::string, std::string> shards;
  for (const auto &[tensor, shard] : weightMap->items()) {
    if (!shard.is_string())
      return Status::invalid(path, concat("the shard of tensor ", quote(tensor),
                                          " must be a string"));
    const std::string &name = shard.get_ref<const std::string &>();
    if (name.empty() || name == "." || name == ".." ||
        name.find('/') != name.npos || name.find('\0') != name.npos)
      return Status::invalid(path, concat("shard ", quote(name), " of tensor ",
                                          quote(tensor),
                                          " isn't a file beside the index"));
    shards.emplace(tensor, name);
  }
  return shards;
}

Result<ShardedSafetensors>
ShardedSafetensors::openIndex(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(auto weightMap, readWeightMap(path));
  std::filesystem::path folder = std::filesystem::path(path).parent_path();
  ShardedSafetensors checkpoint;
  std::map<std::string, const SafetensorsFile *> opened;
  for (const auto &[tensor, shard] : weightMap) {
    const SafetensorsFile *&file = opened[shard];
    if (file)
      continue;
    std::string shardPath = (folder / shard).string();
    std::error_code unreachable;
    if (!std::filesystem::exists(shardPath, unreachable))
      return Status::invalid(path, concat("shard ", quote(shard),
                                          " is missing; tensor ", quote(tensor),
                                          " is in it"));
    TENON_ASSIGN_OR_RETURN(SafetensorsFile shardFile,
                           SafetensorsFile::open(shardPath));
    checkpoint.files_.push_back(
        std::make_unique<SafetensorsFile>(std::move(shardFile)));
    file = checkpoint.files_.back().get();
  }
  for (const auto &[tensor, shard] : weightMap) {
    const SafetensorsFile *file = opened[shard];
    const SafetensorsInfo *info = file->find(tensor);
    if (!info)
      return Status::invalid(path, concat("tensor ", quote(tensor),
                                          " isn't in shard ", quote(shard)));
    checkpoint.tensors_.emplace(tensor, Entry{file, info});
  }
  for (const auto &file : checkpoint.files_)
    for (const SafetensorsInfo &info : file->tensors()) {
      const Entry *entry = checkpoint.find(info.name);
      if (!entry)
        return Status::invalid(file->path(), concat("tensor ", quote(info.name),
                                                    " isn't in the index"));
      if (entry->file != file.get())
        return Status::invalid(file->path(), concat("tensor ", quote(info.name),
                                                    " belongs to shard ",
                                                    quote(weightMap[info.name]),
                                                    " by the index"));
    }
  return checkpoint;
}

} // namespace tenon
