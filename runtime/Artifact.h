//===- Artifact.h - an open .tenon file -------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Opening checks the file (see Format.h) and maps it; it runs nothing of it.
// Devices load the code, through the descriptor that was checked.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_ARTIFACT_H
#define TENON_RUNTIME_ARTIFACT_H

#include "runtime/Elf.h"
#include "runtime/Manifest.h"
#include "runtime/Plan.h"

#include "support/File.h"

#include <memory>
#include <optional>

namespace tenon::runtime {

/// A file of the checkpoint that is in the artifact.
struct AssetView {
  std::string_view name, contents;
};

/// What an artifact has for one kind of device.
struct TargetView {
  std::string name;
  Plan plan;
  std::string_view records;
  /// Programs for devices other than the host, sorted by name.
  std::vector<AssetView> modules;
};

class Artifact {
public:
  /// Opens, checks all but the weights, and maps. Takes no longer for more
  /// weights. Errors are at `path`.
  static Result<std::shared_ptr<Artifact>> open(const std::string &path);

  /// Reads an artifact in memory, from an address that is a multiple of 4096;
  /// `checkHash` is for fuzzing, where no hash is ever right.
  static Result<std::shared_ptr<Artifact>> parse(std::span<const uint8_t> bytes,
                                                 const std::string &path,
                                                 bool checkHash = true);

  const std::string &path() const { return path_; }
  /// The file, for the dynamic loader. It must stay open as long as the code is
  /// loaded: the loader knows it by its number.
  const FileDescriptor &descriptor() const { return file_; }
  uint16_t machine() const { return elf_.machine; }
  const ElfFile &elf() const { return elf_; }
  const format::Header &header() const { return header_; }

  const Manifest &manifest() const { return manifest_; }
  std::string_view manifestJson() const { return manifestJson_; }

  /// One or more, those to prefer first.
  std::span<const TargetView> targets() const { return targets_; }
  /// Chooses the target whose plan, records and modules are the artifact's: the
  /// first if this isn't called. Before anybody else knows the artifact.
  void select(uint32_t target) { selected_ = target; }
  const TargetView &target() const { return targets_[selected_]; }
  std::string_view records() const { return target().records; }
  const Plan &plan() const { return target().plan; }
  std::span<const AssetView> modules() const { return target().modules; }
  std::optional<std::string_view> module(std::string_view name) const;

  /// Sorted by name.
  std::span<const AssetView> assets() const { return assets_; }
  std::optional<std::string_view> asset(std::string_view name) const;

  uint64_t size() const { return bytes_.size(); }
  std::span<const uint8_t> weights() const {
    return bytes_.subspan(header_.weightsOffset, header_.weightsSize);
  }
  std::span<const uint8_t> constant(uint32_t index) const {
    const format::Constant &constant = plan().constants()[index];
    return weights().subspan(constant.offset, constant.size);
  }

  /// Reads all weights and compares their hashes; names the first constant that
  /// is damaged. Uses up to `threads` threads.
  Status checkWeights(unsigned threads) const;

private:
  Artifact() = default;
  Status read(bool checkHash);
  Status readHeader(bool checkHash);
  Status readTarget(const std::string &name);
  Result<std::vector<AssetView>> readFiles(std::span<const uint8_t> section,
                                           std::string_view kind) const;
  Result<std::span<const uint8_t>> section(std::string_view name) const;

  std::string path_;
  FileDescriptor file_;
  MappedFile mapping_;
  std::span<const uint8_t> bytes_;
  ElfFile elf_;
  format::Header header_;
  Manifest manifest_;
  std::string_view manifestJson_;
  std::vector<TargetView> targets_;
  uint32_t selected_ = 0;
  std::vector<AssetView> assets_;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_ARTIFACT_H
