//===- KernelCache.cpp - objects of kernels compiled before ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/KernelCache.h"

#include "support/File.h"

#include <cstdlib>
#include <dlfcn.h>

using namespace tenon;

/// What tells this build from another: the contents of the file this code is
/// in.
static const Hash128 &buildIdentity() {
  static const Hash128 identity = [] {
    Dl_info info;
    if (!dladdr(reinterpret_cast<const void *>(&buildIdentity), &info) ||
        !info.dli_fname)
      return Hash128();
    // A program found through PATH is called by its bare name.
    std::string file = info.dli_fname;
    if (file.find('/') == std::string::npos)
      file = "/proc/self/exe";
    auto mapped = MappedFile::open(file);
    return mapped ? hash128(mapped->bytes()) : Hash128();
  }();
  return identity;
}

KernelCache KernelCache::standard() {
  std::string base;
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache)
    base = cache;
  else if (const char *home = std::getenv("HOME"); home && *home)
    base = std::string(home) + "/.cache";
  if (base.empty())
    return none();
  std::string folder = base + "/tenon/kernels";
  if (!createFolders(folder))
    return none();
  return KernelCache(folder);
}

std::string KernelCache::pathOf(const Hash128 &key) const {
  return folder + "/" + key.toString() + ".o";
}

std::optional<std::string> KernelCache::find(const Hash128 &key) const {
  if (folder.empty())
    return std::nullopt;
  auto object = readFile(pathOf(key), uint64_t(1) << 28);
  // The last 16 bytes are the hash of the rest: a half-written or damaged entry
  // is as good as none.
  if (!object || object->size() < 16)
    return std::nullopt;
  std::string contents = object->substr(0, object->size() - 16);
  Hash128 hash = hash128(contents);
  if (std::string_view(*object).substr(contents.size()) !=
      std::string_view(reinterpret_cast<const char *>(&hash), sizeof(hash)))
    return std::nullopt;
  return contents;
}

void KernelCache::store(const Hash128 &key, const std::string &object) const {
  if (folder.empty())
    return;
  Hash128 hash = hash128(object);
  std::string contents =
      object + std::string(reinterpret_cast<const char *>(&hash), sizeof(hash));
  // A full disk costs time next time, nothing else.
  (void)writeFile(pathOf(key), contents).isOk();
}

Hash128 KernelCache::keyOf(const std::string &loops,
                           const std::string &target) {
  Hasher hasher;
  hasher.updateText(loops).updateText(target);
  hasher.updateInteger(buildIdentity().low).updateInteger(buildIdentity().high);
  return hasher.finish();
}
