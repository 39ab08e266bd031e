//===- ArtifactWriter.cpp - writing .tenon files --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/format/ArtifactWriter.h"

#include "runtime/Artifact.h"
#include "runtime/format/ElfSections.h"
#include "runtime/format/WeightsWriter.h"

#include "support/File.h"
#include "support/Hash.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <fstream>

namespace tenon::format {

/// A section of named files: the table, then names and files.
template <typename Spec>
static std::string layOutFiles(const std::vector<Spec> &files) {
  std::vector<Asset> table(files.size());
  uint64_t end = sizeof(Assets) + files.size() * sizeof(Asset);
  for (size_t i = 0; i < files.size(); ++i) {
    table[i].name = {static_cast<uint32_t>(end),
                     static_cast<uint32_t>(files[i].name.size())};
    end += files[i].name.size();
  }
  for (size_t i = 0; i < files.size(); ++i) {
    table[i].offset = end;
    table[i].size = files[i].contents.size();
    end += files[i].contents.size();
  }
  Assets root{{sizeof(Assets), static_cast<uint32_t>(files.size())}};
  std::string section(reinterpret_cast<const char *>(&root), sizeof(root));
  section.append(reinterpret_cast<const char *>(table.data()),
                 table.size() * sizeof(Asset));
  for (const Spec &file : files)
    section += file.name;
  for (const Spec &file : files)
    section += file.contents;
  return section;
}

static uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

/// Everything before the weights.
struct Head {
  Header header;
  std::string bytes;
};

/// Bytes of all constants.
static uint64_t weightsSizeOf(const ArtifactContents &contents) {
  const auto &others = contents.otherConstants;
  return others.empty() ? contents.plan.weightsSize()
                        : others.back().offset + others.back().size;
}

static Result<Head> makeHead(const ArtifactContents &contents, uint64_t room) {
  assert(contents.constants.size() == contents.plan.constants().size());
  std::string none;
  if (contents.object.empty())
    none = emptySharedObject();
  ElfSections elf(contents.object.empty() ? none : contents.object);
  TENON_RETURN_IF_ERROR(elf.check());
  uint64_t headerAt = elf.add(headerSection, std::string(sizeof(Header), '\0'));
  elf.add(manifestSection, contents.manifest.toJson());
  elf.add(planSection, contents.plan.build());
  elf.add(recordsSection, contents.records);
  elf.add(assetsSection, layOutFiles(contents.assets));
  if (!contents.modules.empty())
    elf.add(modulesSection, layOutFiles(contents.modules));
  for (const TargetSpec &target : contents.others) {
    elf.add(targetSection(planSection, target.name), target.plan.build());
    if (!target.records.empty())
      elf.add(targetSection(recordsSection, target.name), target.records);
    if (!target.modules.empty())
      elf.add(targetSection(modulesSection, target.name),
              layOutFiles(target.modules));
  }

  Header header{};
  std::memcpy(header.magic, magic, sizeof(magic));
  header.version = version;
  header.headerSize = sizeof(Header);
  header.weightsSize = weightsSizeOf(contents);
  uint64_t blocks = (header.weightsSize + hashBlockSize - 1) / hashBlockSize;
  header.weightsOffset =
      std::max(elf.sizeWithExternal(weightsSection, weightsAlignment),
               alignUp(room, weightsAlignment));
  header.weightHashesOffset =
      header.weightsOffset + alignUp(header.weightsSize, 8);
  header.fileSize = header.weightHashesOffset + 8 * blocks;
  std::string head = elf.finish(weightsSection, header.weightsOffset,
                                header.fileSize - header.weightsOffset);
  assert(head.size() <= header.weightsOffset);
  head.resize(header.weightsOffset, '\0');
  // The hash is taken with its own field as zero.
  std::memcpy(head.data() + headerAt, &header, sizeof(header));
  Hash128 hash = hash128(head);
  header.hash[0] = hash.low;
  header.hash[1] = hash.high;
  std::memcpy(head.data() + headerAt, &header, sizeof(header));
  return Head{header, std::move(head)};
}

Status writeArtifact(const std::string &path, const ArtifactContents &contents,
                     const WriteOptions &options) {
  TENON_ASSIGN_OR_RETURN(Head head, makeHead(contents, options.room));
  TENON_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  TENON_RETURN_IF_ERROR(file.reserve(head.header.fileSize));
  TENON_RETURN_IF_ERROR(file.writeAt(0, head.bytes));
  std::vector<ConstantBytes> constants;
  for (const PlanBuilder::ConstantPlace &place : contents.plan.constants())
    constants.push_back(
        {place.offset, place.size, contents.constants[constants.size()]});
  constants.insert(constants.end(), contents.otherConstants.begin(),
                   contents.otherConstants.end());
  TENON_RETURN_IF_ERROR(writeWeights(file, head.header, constants, options));
  if (options.check)
    TENON_RETURN_IF_ERROR(options.check());
  return file.commit();
}

Status replaceHead(const std::string &path, const ArtifactContents &contents) {
  uint64_t room = 0;
  {
    TENON_ASSIGN_OR_RETURN(auto artifact, runtime::Artifact::open(path));
    room = artifact->header().weightsOffset;
    if (artifact->header().weightsSize != weightsSizeOf(contents))
      return Status::internal(path, "has other weights");
  }
  TENON_ASSIGN_OR_RETURN(Head head, makeHead(contents, room));
  if (head.header.weightsOffset != room)
    return Status::internal(path, "has no room for this code");
  std::ofstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.write(head.bytes.data(), static_cast<std::streamsize>(room));
  file.close();
  return file ? Status::ok() : Status::invalid(path, "can't be written");
}

} // namespace tenon::format
