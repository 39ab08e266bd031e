//===- ArtifactWriter.h - writing .tenon files ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_FORMAT_ARTIFACTWRITER_H
#define TENON_RUNTIME_FORMAT_ARTIFACTWRITER_H

#include "runtime/Manifest.h"
#include "runtime/format/PlanBuilder.h"

#include "support/Status.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace tenon::format {

/// Produces the bytes of one constant, piece by piece and in any order.
struct ConstantSource {
  /// Writes bytes begin .. begin + out.size() - 1 of the constant to `out`.
  /// Called from several threads at once, for each byte exactly once.
  std::function<Status(uint64_t begin, std::span<uint8_t> out)> read;
  /// Each piece begins at a multiple of this many bytes, and ends at one or at
  /// the end of the constant. A piece has a few MiB, or is one granule.
  uint64_t granule = 1;
};

/// A file of the checkpoint that the runtime will read.
struct AssetSpec {
  std::string name, contents;
};

/// A program for a device, as its driver takes it.
struct ModuleSpec {
  std::string name, contents;
};

/// What an artifact has for a target besides its first.
struct TargetSpec {
  std::string name;
  const PlanBuilder &plan;
  std::vector<ModuleSpec> modules;
  std::string records = {}; ///< Empty: as those of the first.
};

/// A constant's place in the weights, and its bytes.
struct ConstantBytes {
  uint64_t offset, size;
  ConstantSource source;
};

struct ArtifactContents {
  /// The linked shared object, with section headers; empty if there is none.
  std::string_view object;
  runtime::Manifest manifest;
  /// What became of every op: JSON.
  std::string records;
  std::vector<AssetSpec> assets;
  const PlanBuilder &plan;
  /// One for each constant of the plan.
  std::vector<ConstantSource> constants;
  std::vector<ModuleSpec> modules = {};
  /// Those of the manifest, in that order.
  std::vector<TargetSpec> others = {};
  /// What only plans of others have; behind the constants of `plan`, in order.
  std::vector<ConstantBytes> otherConstants = {};
};

struct WriteOptions {
  unsigned jobs = 1; ///< Threads that produce weights.
  /// Called now and then with the bytes of weights written so far, from any of
  /// the threads but not from two at once.
  std::function<void(uint64_t done, uint64_t total)> progress = nullptr;
  /// Called when all is written: whether to keep it.
  std::function<Status()> check = nullptr;
  /// Bytes that all but the weights may have, for replaceHead().
  uint64_t room = 0;
};

/// Writes an artifact; it appears under `path` when it is complete. The bytes
/// depend on the contents only. Fails with the first error of a source, in the
/// order of constants, or if the file can't be written.
Status writeArtifact(const std::string &path, const ArtifactContents &contents,
                     const WriteOptions &options = {});

/// Gives an artifact that was written with enough room another code and plan,
/// in place, for the constants that it has: their sources aren't read. Nothing
/// of the file may be loaded.
Status replaceHead(const std::string &path, const ArtifactContents &contents);

} // namespace tenon::format

#endif // TENON_RUNTIME_FORMAT_ARTIFACTWRITER_H
