//===- FakeCompiler.cpp - a compiler that copies --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A stand-in for libtenon-compiler.so: "compiles" a folder by copying the file
// that TENON_FAKE_ARTIFACT names, or fails as the folder's file `fail` says. If
// the folder has a file `change`, it changes while it is compiled.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compiler.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT int tenon_compiler_interface(void) { return TENON_COMPILER_INTERFACE; }

EXPORT int tenon_compiler_main(int argc, const char *const *argv) {
  for (int i = 1; i < argc; ++i)
    std::printf("[%s]", argv[i]);
  std::printf("\n");
  return 7;
}

EXPORT int tenon_compiler_compile(const tenon_compile_request *request,
                                  char **message) {
  std::string source = request->source;
  if (request->progress)
    request->progress(request->user, "weights", 1, 2);
  std::ifstream failure(source + "/fail");
  if (failure) {
    std::string text{std::istreambuf_iterator<char>(failure), {}};
    *message = strdup(text.c_str());
    return 1;
  }
  if (std::filesystem::exists(source + "/change"))
    std::ofstream(source + "/config.json") << "{\"changed\": true}";
  std::filesystem::copy_file(std::getenv("TENON_FAKE_ARTIFACT"),
                             request->output);
  return 0;
}

EXPORT int tenon_compiler_probes(const char *, const char *, const char *,
                                 char **message) {
  *message = strdup("probes: none are made here");
  return 1;
}
