//===- CodeLibrary.h - the loaded code of an artifact -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_CODELIBRARY_H
#define TENON_BACKENDS_CPU_DEVICE_CODELIBRARY_H

#include "runtime/Artifact.h"

namespace tenon::cpu {

/// The code of an artifact in memory, unloaded by the destructor. It holds the
/// artifact: its descriptor must not be used again while the loader knows the
/// code by its number.
class CodeLibrary {
public:
  CodeLibrary(CodeLibrary &&other) noexcept
      : artifact_(std::move(other.artifact_)),
        handle_(std::exchange(other.handle_, nullptr)) {}
  CodeLibrary &operator=(CodeLibrary &&) = delete;
  ~CodeLibrary();

  /// From here on, code of the artifact may run.
  static Result<CodeLibrary>
  load(std::shared_ptr<const runtime::Artifact> artifact);

  /// The functions of all kernels for a variant, in the order of the plan.
  Result<std::vector<format::KernelFunction *>> kernels(uint32_t variant) const;

private:
  CodeLibrary(std::shared_ptr<const runtime::Artifact> artifact, void *handle)
      : artifact_(std::move(artifact)), handle_(handle) {}

  std::shared_ptr<const runtime::Artifact> artifact_;
  void *handle_;
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_CODELIBRARY_H
