//===- ModelCache.h - checkpoints compiled before ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// `tenon run DIR` compiles a checkpoint once. The artifact's name is the hash
// of the contents of the checkpoint's files, the options, and the compiler.
// Since hashing weights takes a while, a second table leads from names, sizes
// and times of the files to that hash.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_MODELCACHE_H
#define TENON_TOOLS_TENON_MODELCACHE_H

#include "support/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tenon::tool {

/// $XDG_CACHE_HOME/tenon or ~/.cache/tenon; an error without a home.
Result<std::string> cacheFolder();

struct CachedModel {
  std::string path;   ///< Of the artifact.
  std::string source; ///< The directory that it was first compiled from.
  uint64_t size = 0;  ///< In bytes.
};

/// All artifacts in the cache, by path.
Result<std::vector<CachedModel>> listCache();
/// What else is in the cache (compiled kernels), in bytes.
Result<uint64_t> otherCacheBytes();
/// Removes everything; returns the bytes freed.
Result<uint64_t> clearCache();

struct CompileOptions {
  std::string task, cpu; ///< Empty: the defaults.
  uint32_t jobs = 0;
  std::string target = {}; ///< A device; of a unit, its device counts.
};

/// The artifact of a checkpoint directory, compiled now if it isn't in the
/// cache; says so on stderr.
Result<std::string> cachedArtifact(const std::string &folder,
                                   const CompileOptions &options);

/// `source` if it is an artifact, else that of the directory it is.
Result<std::string> resolveModel(const std::string &source,
                                 const CompileOptions &options);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_MODELCACHE_H
