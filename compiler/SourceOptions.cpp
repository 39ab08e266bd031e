//===- SourceOptions.cpp - options that several commands take -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/SourceOptions.h"

#include "compiler/FixedSizes.h"
#include "passes/FusionPolicy.h"
#include "passes/QuantizationPolicy.h"
#include "support/File.h"
#include "support/Text.h"
#include "tools/tenon/Bench.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

#include <dlfcn.h>
#include <filesystem>

using namespace tenon;

std::vector<std::string> tenon::defaultModelPaths() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<const void *>(&defaultModelPaths), &info) ||
      !info.dli_fname)
    return {};
  std::error_code error;
  auto library = std::filesystem::canonical(info.dli_fname, error);
  if (error)
    return {};
  return {(library.parent_path().parent_path() / "share/tenon/models")
              .lexically_normal()
              .string()};
}

bool tenon::isArtifact(const std::string &path) {
  auto file = MappedFile::open(path);
  return file && file->text().starts_with("\177ELF");
}

void SourceOptions::addTo(CLI::App &app) {
  app.add_option("SOURCE", frontend.source,
                 "a checkpoint's folder, or an .arch file")
      ->required();
  app.add_option("--config", frontend.config,
                 "settings of an .arch file (TOML or JSON)");
  app.add_option("--weights", frontend.weights,
                 "weights of an .arch file (safetensors)");
  app.add_option("--model", frontend.model,
                 "the model of an .arch file, if it has several");
  app.add_option("--task", frontend.task,
                 "what the model is for, if not what the checkpoint says");
  app.add_option("--models", frontend.modelPaths,
                 "folder with further model families (repeatable)");
  app.add_option("--target", compilation.backend,
                 "cpu (default), or other backends; several, those to prefer "
                 "first, separated by commas");
  app.add_option("--cpu", compilation.pipeline.backend.targets,
                 "processors to compile for: native, x86-64-v4, a target file "
                 "(repeatable; default: one file for all x86-64)");
  app.add_option("--fusion", compilation.pipeline.fusionPolicy,
                 "fusion policy (TOML)");
  app.add_option(
      "--quantize", compilation.pipeline.quantization,
      "compute with fewer bits: int8, int8-weights, int4-weights, or a "
      "policy file (TOML)");
  app.add_option("--precision", precision,
                 "fp32 (default), or bf16 or fp16 for products");
  app.add_option("--schedule", compilation.pipeline.backend.scheduleFile,
                 "schedules that override the compiler's (TOML)");
  app.add_option("--static", staticSizes,
                 "compile for these sizes only: B=1,S=128");
  app.add_flag("--taps", compilation.pipeline.tapsAsResults,
               "return tapped values as further outputs");
  app.add_option("--jobs", compilation.jobs,
                 "threads to compile with (default: one a processor)");
  app.add_option("--compile-from", fromPhase, "SOURCE is a dump at this phase");
}

Status SourceOptions::finish() {
  for (std::string &path : defaultModelPaths())
    frontend.modelPaths.push_back(std::move(path));
  if (!compilation.pipeline.fusionPolicy.empty()) {
    auto policy = FusionPolicy::load(compilation.pipeline.fusionPolicy);
    if (!policy)
      return policy.takeStatus();
  }
  if (!precision.empty()) {
    if (precision != "fp32" && precision != "bf16" && precision != "fp16")
      return Status::usage("--precision",
                           concat("there is no precision ", quote(precision)))
          .help(
              "precisions are fp32, bf16 and fp16; --quantize has fewer bits");
    if (!compilation.pipeline.quantization.empty())
      return Status::usage("--precision", "excludes --quantize, whose policy "
                                          "files name precisions too");
    if (precision != "fp32")
      compilation.pipeline.quantization =
          compilation.pipeline.backend.precision = precision;
  }
  auto quantization =
      QuantizationPolicy::load(compilation.pipeline.quantization);
  if (!quantization)
    return quantization.takeStatus();
  if (quantization->multiplies(Quantization::Int8))
    compilation.pipeline.backend.arithmetic.push_back("int8");
  if (quantization->multiplies(Quantization::BFloat16))
    compilation.pipeline.backend.arithmetic.push_back("bf16");
  if (quantization->multiplies(Quantization::Float16))
    compilation.pipeline.backend.arithmetic.push_back("fp16");
  return Status::ok();
}

Status SourceOptions::fixSizes(Compilation &compilation) const {
  if (staticSizes.empty())
    return Status::ok();
  if (compilation.phase() > Phase::Graph)
    return Status::usage("--static",
                         "sizes are fixed in a graph, and this is a "
                         "module of a later phase");
  TENON_ASSIGN_OR_RETURN(auto sizes, tool::parseShape(staticSizes, "--static"));
  return tenon::fixSizes(compilation.module(), sizes);
}

std::unique_ptr<Compilation> SourceOptions::load(int &exitStatus) {
  auto fail = [&](const Status &status) {
    exitStatus = tool::reportError(status);
    return nullptr;
  };
  if (Status status = finish(); !status)
    return fail(status);
  compilation.warn = tool::reportWarning;
  auto created = Compilation::create(compilation);
  if (!created)
    return fail(created.status());
  if (!fromPhase.empty()) {
    auto phase = parsePhase(fromPhase, "--compile-from");
    if (!phase)
      return fail(phase.status());
    if (Status status = (*created)->resume(frontend.source, *phase); !status)
      return fail(status);
  } else {
    for (const Status &error : (*created)->load(frontend))
      exitStatus = tool::reportError(error);
    if (exitStatus != 0)
      return nullptr;
  }
  if (Status status = fixSizes(**created); !status)
    return fail(status);
  return std::move(*created);
}
