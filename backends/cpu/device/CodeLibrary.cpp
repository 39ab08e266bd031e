//===- CodeLibrary.cpp - the loaded code of an artifact -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/CodeLibrary.h"

#include "support/Text.h"

#include <dlfcn.h>
#include <elf.h>

namespace tenon::cpu {

#if defined(__x86_64__)
static constexpr uint16_t ownMachine = EM_X86_64;
#elif defined(__aarch64__)
static constexpr uint16_t ownMachine = EM_AARCH64;
#endif

CodeLibrary::~CodeLibrary() {
  if (handle_)
    dlclose(handle_);
}

Result<CodeLibrary>
CodeLibrary::load(std::shared_ptr<const runtime::Artifact> artifact) {
  if (artifact->machine() != ownMachine)
    return Status::invalid(artifact->path(),
                           "holds code for another kind of machine");
  std::string name = concat("/proc/self/fd/", artifact->descriptor().get());
  void *handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    std::string_view error = dlerror();
    if (error.starts_with(name + ": "))
      error.remove_prefix(name.size() + 2);
    return Status::invalid(
        artifact->path(),
        concat("its code can't be loaded: ", printable(error)));
  }
  return CodeLibrary(std::move(artifact), handle);
}

Result<std::vector<format::KernelFunction *>>
CodeLibrary::kernels(uint32_t variant) const {
  const runtime::Plan &plan = artifact_->plan();
  std::string_view variantName = plan.text(plan.variants()[variant].name);
  std::vector<format::KernelFunction *> functions;
  for (const format::Kernel &kernel : plan.kernels()) {
    std::string symbol =
        format::kernelSymbol(plan.text(kernel.name), variantName);
    void *address = dlsym(handle_, symbol.c_str());
    if (!address)
      return Status::invalid(artifact_->path(),
                             concat("is damaged: its code lacks ", symbol));
    functions.push_back(reinterpret_cast<format::KernelFunction *>(address));
  }
  return functions;
}

} // namespace tenon::cpu
