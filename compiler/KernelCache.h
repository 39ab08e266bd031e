//===- KernelCache.h - objects of kernels compiled before -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_KERNELCACHE_H
#define TENON_COMPILER_KERNELCACHE_H

#include "support/Hash.h"

#include <optional>
#include <string>

namespace tenon {

/// A folder of objects, named by the hash of everything they depend on: the
/// loops (which follow from kernel, schedule and target), the target, and this
/// build of the compiler. A missing or unwritable folder only means that
/// nothing is found.
class KernelCache {
public:
  /// In the user's cache folder.
  static KernelCache standard();
  /// One that keeps nothing.
  static KernelCache none() { return KernelCache(""); }

  std::optional<std::string> find(const Hash128 &key) const;
  void store(const Hash128 &key, const std::string &object) const;

  /// The hash of what is compiled: `loops` as text, the target's description.
  static Hash128 keyOf(const std::string &loops, const std::string &target);

private:
  explicit KernelCache(std::string folder) : folder(std::move(folder)) {}
  std::string pathOf(const Hash128 &key) const;

  std::string folder;
};

} // namespace tenon

#endif // TENON_COMPILER_KERNELCACHE_H
