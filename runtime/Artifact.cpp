//===- Artifact.cpp - an open .tenon file ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Artifact.h"

#include "support/Hash.h"
#include "support/Text.h"
#include "support/Threads.h"
#include "support/Units.h"

#include <algorithm>
#include <atomic>
#include <cstring>

namespace tenon::runtime {

using namespace format;

Result<std::shared_ptr<Artifact>> Artifact::open(const std::string &path) {
  std::shared_ptr<Artifact> artifact(new Artifact);
  artifact->path_ = path;
  TENON_ASSIGN_OR_RETURN(artifact->file_, FileDescriptor::open(path));
  TENON_ASSIGN_OR_RETURN(uint64_t size, fileSize(artifact->file_, path));
  TENON_ASSIGN_OR_RETURN(artifact->mapping_,
                         MappedFile::map(artifact->file_, path, 0, size));
  artifact->bytes_ = artifact->mapping_.bytes();
  TENON_RETURN_IF_ERROR(artifact->read(/*checkHash=*/true));
  return artifact;
}

Result<std::shared_ptr<Artifact>>
Artifact::parse(std::span<const uint8_t> bytes, const std::string &path,
                bool checkHash) {
  std::shared_ptr<Artifact> artifact(new Artifact);
  artifact->path_ = path;
  artifact->bytes_ = bytes;
  TENON_RETURN_IF_ERROR(artifact->read(checkHash));
  return artifact;
}

static std::string_view textOf(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

Status Artifact::read(bool checkHash) {
  TENON_ASSIGN_OR_RETURN(elf_, parseElf(bytes_, path_));
  TENON_RETURN_IF_ERROR(readHeader(checkHash));
  TENON_ASSIGN_OR_RETURN(auto manifest, section(manifestSection));
  TENON_ASSIGN_OR_RETURN(auto assets, section(assetsSection));
  manifestJson_ = textOf(manifest);
  TENON_ASSIGN_OR_RETURN(manifest_, Manifest::parse(manifestJson_, path_));
  TENON_ASSIGN_OR_RETURN(assets_, readFiles(assets, "assets"));
  TENON_RETURN_IF_ERROR(readTarget(manifest_.target));
  for (const std::string &name : manifest_.otherTargets)
    TENON_RETURN_IF_ERROR(readTarget(name));
  return Status::ok();
}

Status Artifact::readTarget(const std::string &name) {
  auto nameOf = [&](std::string_view section) {
    return targets_.empty() ? std::string(section)
                            : targetSection(section, name);
  };
  TargetView target;
  target.name = name;
  TENON_ASSIGN_OR_RETURN(auto plan, section(nameOf(planSection)));
  TENON_ASSIGN_OR_RETURN(target.plan,
                         Plan::parse(plan, header_.weightsSize, path_));
  if (targets_.empty() || elf_.find(nameOf(recordsSection))) {
    TENON_ASSIGN_OR_RETURN(auto records, section(nameOf(recordsSection)));
    target.records = textOf(records);
  } else {
    target.records = targets_.front().records;
  }
  if (elf_.find(nameOf(modulesSection))) {
    TENON_ASSIGN_OR_RETURN(auto modules, section(nameOf(modulesSection)));
    TENON_ASSIGN_OR_RETURN(target.modules, readFiles(modules, "modules"));
  }
  targets_.push_back(std::move(target));
  return Status::ok();
}

Result<std::span<const uint8_t>>
Artifact::section(std::string_view name) const {
  const ElfSection *found = elf_.find(name);
  if (!found)
    return Status::invalid(
        path_, concat("is damaged: section ", quote(name), " is missing"));
  // The hash covers what comes before the weights.
  uint64_t end = name == headerSection ? bytes_.size() : header_.weightsOffset;
  bool inside = found->offset <= end && found->size <= end - found->offset;
  if (found->isLoaded || found->offset % pageSize || !inside)
    return Status::invalid(path_, concat("is damaged: section ", quote(name),
                                         " isn't where it should be"));
  return bytes_.subspan(found->offset, found->size);
}

Status Artifact::readHeader(bool checkHash) {
  auto damaged = [&](std::string_view what) {
    return Status::invalid(path_, concat("is damaged: ", what));
  };
  if (!elf_.find(headerSection))
    return Status::invalid(path_, concat("isn't a Tenon artifact: it has no "
                                         "section ",
                                         quote(headerSection)));
  TENON_ASSIGN_OR_RETURN(std::span<const uint8_t> bytes,
                         section(headerSection));
  // A newer header may be longer, but begins alike.
  if (bytes.size() < offsetof(Header, fileSize))
    return damaged("its header is too short");
  std::memcpy(&header_, bytes.data(), std::min(bytes.size(), sizeof(Header)));
  if (std::memcmp(header_.magic, magic, sizeof(magic)) != 0)
    return damaged("its header isn't one");
  if (header_.version != version)
    return Status::invalid(path_,
                           concat("is of format version ", header_.version,
                                  ", this runtime reads version ", version))
        .help("compile the model again");
  if (bytes.size() != sizeof(Header) || header_.headerSize != sizeof(Header))
    return damaged("its header has the wrong size");
  if (header_.fileSize != bytes_.size())
    return Status::invalid(
        path_, concat(header_.fileSize > bytes_.size() ? "is truncated: has "
                                                       : "is damaged: has ",
                      grouped(bytes_.size()), " bytes, but should have ",
                      grouped(header_.fileSize)));

  uint64_t begin = header_.weightsOffset, size = header_.weightsSize;
  uint64_t hashes = header_.weightHashesOffset;
  uint64_t blocks = size / hashBlockSize + (size % hashBlockSize != 0);
  const ElfSection *headerAt = elf_.find(headerSection);
  if (begin % weightsAlignment || begin > bytes_.size() ||
      size > bytes_.size() - begin || hashes < begin + size ||
      hashes > bytes_.size() || blocks != (bytes_.size() - hashes) / 8 ||
      (bytes_.size() - hashes) % 8 || headerAt->offset > begin ||
      sizeof(Header) > begin - headerAt->offset)
    return damaged("its weights aren't where they should be");
  if (!checkHash)
    return Status::ok();

  uint64_t hashAt = headerAt->offset + offsetof(Header, hash);
  constexpr uint8_t zeros[sizeof(Header::hash)] = {};
  Hasher hasher;
  hasher.update(bytes_.first(hashAt)).update(zeros);
  hasher.update(
      bytes_.subspan(hashAt + sizeof(zeros), begin - hashAt - sizeof(zeros)));
  if (hasher.finish() != Hash128{header_.hash[0], header_.hash[1]})
    return damaged("its code or metadata don't match their hash");
  return Status::ok();
}

Result<std::vector<AssetView>>
Artifact::readFiles(std::span<const uint8_t> section,
                    std::string_view kind) const {
  std::vector<AssetView> files;
  auto damaged = [&](std::string_view what) {
    return Status::invalid(path_,
                           concat("is damaged: in the ", kind, ", ", what));
  };
  auto inside = [&](uint64_t offset, uint64_t size) {
    return offset <= section.size() && size <= section.size() - offset;
  };
  const char *data = reinterpret_cast<const char *>(section.data());
  Assets root;
  if (section.size() < sizeof(root))
    return damaged("the table is too short");
  std::memcpy(&root, data, sizeof(root));
  if (!inside(root.files.offset, uint64_t(root.files.count) * sizeof(Asset)))
    return damaged("the table lies outside");
  for (uint32_t i = 0; i < root.files.count; ++i) {
    Asset asset;
    std::memcpy(&asset, data + root.files.offset + i * sizeof(asset),
                sizeof(asset));
    if (!inside(asset.name.offset, asset.name.size) ||
        !inside(asset.offset, asset.size))
      return damaged("a file lies outside");
    std::string_view name(data + asset.name.offset, asset.name.size);
    if (name.empty() || printable(name) != name)
      return damaged("a file has no proper name");
    files.push_back({name, {data + asset.offset, asset.size}});
  }
  auto byName = [](const AssetView &a, const AssetView &b) {
    return a.name < b.name;
  };
  std::sort(files.begin(), files.end(), byName);
  for (size_t i = 1; i < files.size(); ++i)
    if (files[i].name == files[i - 1].name)
      return damaged(concat("file ", quote(files[i].name), " is there twice"));
  return files;
}

static std::optional<std::string_view>
findFile(std::span<const AssetView> files, std::string_view name) {
  auto at = std::lower_bound(files.begin(), files.end(), name,
                             [](const AssetView &asset, std::string_view key) {
                               return asset.name < key;
                             });
  if (at == files.end() || at->name != name)
    return std::nullopt;
  return at->contents;
}

std::optional<std::string_view> Artifact::asset(std::string_view name) const {
  return findFile(assets_, name);
}

std::optional<std::string_view> Artifact::module(std::string_view name) const {
  return findFile(modules(), name);
}

Status Artifact::checkWeights(unsigned threads) const {
  std::span<const uint8_t> data = weights();
  const uint8_t *expected = bytes_.data() + header_.weightHashesOffset;
  size_t blocks = (data.size() + hashBlockSize - 1) / hashBlockSize;
  std::atomic<size_t> firstBad = blocks;
  // What is behind a bad block doesn't matter.
  runOnThreads(threads, blocks, [&](size_t i) {
    uint64_t begin = i * hashBlockSize;
    uint64_t size = std::min<uint64_t>(hashBlockSize, data.size() - begin);
    uint64_t hash;
    std::memcpy(&hash, expected + 8 * i, sizeof(hash));
    if (hash64(data.subspan(begin, size)) == hash)
      return true;
    size_t bad = firstBad;
    while (i < bad && !firstBad.compare_exchange_weak(bad, i))
      ;
    return false;
  });
  if (firstBad == blocks)
    return Status::ok();

  uint64_t begin = firstBad * hashBlockSize, end = begin + hashBlockSize;
  for (const TargetView &target : targets_)
    for (const Constant &constant : target.plan.constants())
      if (constant.offset < end && constant.offset + constant.size > begin)
        return Status::invalid(
            path_, concat("is damaged: weights at byte ",
                          header_.weightsOffset + begin,
                          " don't match their hash, in or near constant ",
                          quote(target.plan.text(constant.name))));
  return Status::invalid(path_, concat("is damaged: weights at byte ",
                                       header_.weightsOffset + begin,
                                       " don't match their hash"));
}

} // namespace tenon::runtime
