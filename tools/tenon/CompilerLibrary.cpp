//===- CompilerLibrary.cpp - the compiler, when it is needed --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/CompilerLibrary.h"

#include "support/Text.h"

#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>

namespace tenon::tool {

static constexpr char libraryName[] = "libtenon-compiler.so";

Result<std::string> CompilerLibrary::find() {
  std::error_code error;
  std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char *folder : {".", "../lib"}) {
    auto path =
        (program.parent_path() / folder / libraryName).lexically_normal();
    if (std::filesystem::exists(path, error))
      return path.string();
  }
  return Status::invalid(libraryName,
                         "isn't installed; it is looked for beside "
                         "the program and in ../lib")
      .help("artifacts that are compiled already run without it");
}

Result<CompilerLibrary> CompilerLibrary::load() {
  TENON_ASSIGN_OR_RETURN(std::string path, find());
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return Status::invalid(path, printable(dlerror(), 1000));
  auto interface =
      reinterpret_cast<int (*)()>(dlsym(handle, "tenon_compiler_interface"));
  CompilerLibrary library;
  library.main = reinterpret_cast<decltype(library.main)>(
      dlsym(handle, "tenon_compiler_main"));
  library.compile = reinterpret_cast<decltype(library.compile)>(
      dlsym(handle, "tenon_compiler_compile"));
  library.probes = reinterpret_cast<decltype(library.probes)>(
      dlsym(handle, "tenon_compiler_probes"));
  if (!interface || interface() != TENON_COMPILER_INTERFACE || !library.main ||
      !library.compile || !library.probes)
    return Status::invalid(path, "is of another version of Tenon");
  return library;
}

Status CompilerLibrary::takeStatus(int status, char *message) {
  std::string text = message ? message : "";
  free(message);
  if (!status)
    return Status::ok();
  // The first line is `WHERE: WHAT`, the others stay as they are.
  std::vector<std::string_view> lines = split(text, '\n');
  std::string what(lines[0]);
  Status error = status == static_cast<int>(StatusCode::Internal)
                     ? Status::internal("", what)
                     : Status::invalid("", what);
  for (size_t i = 1; i < lines.size(); ++i)
    error = std::move(error).line(std::string(lines[i]));
  return error;
}

} // namespace tenon::tool
