//===- Target.cpp - what a processor is like ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/Target.h"

#include "codegen/Targets.h"
#include "runtime/CpuFeatures.h"
#include "support/Text.h"
#include "support/Toml.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <array>

using namespace tenon;
using namespace tenon::cpu;
using format::Products;

/// The target files, embedded at build time: {name, text}.
static constexpr const char *targetFiles[][2] = {
#include "backends/cpu/compile/TargetFiles.inc"
};

llvm::StringRef cpu::dotFeatures(Products products, DotUnit unit,
                                 int64_t vectorBits) {
  bool isBytes = products == Products::Bytes, isWide = vectorBits == 512;
  // Processors with a matrix unit have the instructions for vectors as well,
  // and code may count on that.
  switch (unit) {
  case DotUnit::Matrix:
    return isBytes ? "amx_tile,amx_int8,avx512_vnni"
                   : "amx_tile,amx_bf16,avx512_bf16";
  case DotUnit::Vector:
    if (isBytes)
      return isWide ? "avx512_vnni" : "avx_vnni";
    return isWide ? "avx512_bf16" : "avx512_bf16,avx512vl";
  case DotUnit::None:
    return "";
  }
}

/// What sums products at once. A machine is asked for a target's features
/// before it runs the code, and the system for the registers of a matrix unit,
/// so they must have what the instructions need.
static void readUnit(TomlReader &reader, const char *key, const Target &target,
                     Products products, DotUnit &unit) {
  std::string word = stringifyDotUnit(unit).str();
  reader.optional(key, word);
  auto known = symbolizeDotUnit(word);
  if (!known)
    return reader.fail(key, "must be \"none\", \"vector\" or \"matrix\"");
  unit = *known;
  if (unit == DotUnit::None)
    return;
  bool isMatrix = unit == DotUnit::Matrix;
  if (target.vectorBits < (isMatrix ? 512 : 256))
    return reader.fail(key, concat("= \"", word, "\" goes with vectors of ",
                                   isMatrix ? "" : "256 or ", "512 bits"));
  for (llvm::StringRef each :
       llvm::split(dotFeatures(products, unit, target.vectorBits), ','))
    if (!llvm::is_contained(target.features, each))
      return reader.fail(key, concat("= \"", word, "\" needs \"", each.str(),
                                     "\" among the features"));
}

Result<Target> Target::parse(std::string text, std::string name) {
  TENON_ASSIGN_OR_RETURN(TomlFile file,
                         TomlFile::parse(std::move(text), std::move(name)));
  static const std::string rootKeys[] = {"name",     "cpu",     "tune",
                                         "features", "vector",  "cache",
                                         "matmul",   "only_for"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  Target target;
  TomlReader root(file, file.root());
  root.required("name", target.name);
  root.required("cpu", target.cpu);
  root.optional("tune", target.tune);
  TENON_RETURN_IF_ERROR(root.status);
  target.processor = target.cpu;
  TENON_RETURN_IF_ERROR(readWords(file, "features", target.features));
  TENON_RETURN_IF_ERROR(readOnlyFor(file, target.onlyFor));
  TENON_RETURN_IF_ERROR(readTomlTable(file, "vector", [&](TomlReader &reader) {
    reader.within("bits", target.vectorBits, 128, 512);
    reader.within("registers", target.registers, 8, 64);
    reader.required("fma", target.fma);
    reader.required("rounding", target.rounding);
    if (target.vectorBits & (target.vectorBits - 1))
      reader.fail("bits", "must be a power of two");
    readUnit(reader, "dot_bytes", target, Products::Bytes, target.dotBytes);
    readUnit(reader, "dot_bf16", target, Products::BFloats, target.dotBFloat);
  }));
  TENON_RETURN_IF_ERROR(readTomlTable(file, "cache", [&](TomlReader &reader) {
    reader.within("l1", target.l1, 4096, int64_t(1) << 24);
    reader.within("l2", target.l2, 16384, int64_t(1) << 30);
  }));
  TENON_RETURN_IF_ERROR(readTomlTable(file, "matmul", [&](TomlReader &reader) {
    reader.within("max_rows", target.matmulRows, 1, 16);
  }));
  return target;
}

std::span<const Target> Target::builtins() {
  static const std::vector<Target> targets = parseEmbedded<Target>(targetFiles);
  return targets;
}

/// What LLVM may and may not use on this machine. Its name says less: a virtual
/// machine may call itself another processor than it is, with more or less.
static std::string hostFeatures() {
  std::vector<std::string> words;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    words.push_back(
        concat(feature.getValue() ? "+" : "-", feature.getKey().str()));
  llvm::sort(words);
  return llvm::join(words, ",");
}

/// Whether a feature, by LLVM's name, changes which code is fast.
static bool countsForSpeed(llvm::StringRef feature) {
  return feature.starts_with("avx") || feature.starts_with("amx") ||
         feature == "fma" || feature == "f16c";
}

std::string cpu::hostProcessor() {
  llvm::StringRef name = llvm::sys::getHostCPUName();
  llvm::SmallVector<llvm::StringRef> usual;
  if (llvm::X86::parseArchX86(name) != llvm::X86::CK_None)
    llvm::X86::getFeaturesForCPU(name, usual);
  std::vector<std::string> differences;
  for (const auto &feature : llvm::sys::getHostCPUFeatures())
    if (countsForSpeed(feature.getKey()) &&
        feature.getValue() != llvm::is_contained(usual, feature.getKey()))
      differences.push_back(
          concat(feature.getValue() ? "+" : "-", feature.getKey().str()));
  llvm::sort(differences);
  return concat(name.str(), llvm::join(differences, ""));
}

/// The best unit of this machine. The system may refuse the use of one that the
/// processor has.
static DotUnit hostUnit(Products products, int64_t vectorBits) {
  if (vectorBits < 256)
    return DotUnit::None;
  auto has = [&](DotUnit unit) {
    return runtime::missingFeatures(dotFeatures(products, unit, vectorBits))
        .empty();
  };
  if (vectorBits == 512 && has(DotUnit::Matrix))
    return DotUnit::Matrix;
  return has(DotUnit::Vector) ? DotUnit::Vector : DotUnit::None;
}

/// The machine this runs on: the best built-in target that it can run, compiled
/// for exactly its processor.
static Result<Target> findNative() {
  for (const Target &level : Target::builtins()) {
    if (level.onlyFor || !llvm::all_of(level.features, runtime::hasFeature))
      continue;
    Target target = level;
    target.dotBytes = hostUnit(Products::Bytes, target.vectorBits);
    target.dotBFloat = hostUnit(Products::BFloats, target.vectorBits);
    target.cpu = llvm::sys::getHostCPUName().str();
    target.processor = hostProcessor();
    target.tune =
        concat(hostFeatures(), target.tune.empty() ? "" : ",", target.tune);
    // The code may use all that this machine has.
    target.features = runtime::presentFeatures();
    target.name = "native-" + target.cpu;
    return target;
  }
  return Status::internal("", "no built-in target runs on this machine");
}

Result<Target> Target::find(const std::string &name) {
  if (name == "native" || name.starts_with("native-")) {
    TENON_ASSIGN_OR_RETURN(Target native, findNative());
    if (name != "native" && name != native.name)
      return Status::invalid("--cpu", "'" + name +
                                          "' is another machine than "
                                          "this one, which is '" +
                                          native.name + "'");
    return native;
  }
  TENON_ASSIGN_OR_RETURN(std::optional<Target> found, findTarget<Target>(name));
  if (found)
    return std::move(*found);
  std::string known;
  for (const Target &target : builtins())
    known += ", " + target.name;
  return Status::usage("--cpu", "there is no target '" + name + "'")
      .help("known are native" + known + ", and files ending in .toml");
}

Result<std::vector<Target>> Target::findAll(const BackendOptions &options) {
  TENON_ASSIGN_OR_RETURN(
      auto targets, findTargets<Target>(options.targets, options.arithmetic));
  if (options.precision != "bf16")
    return targets;
  auto lacks = [](const Target &target) {
    return target.dotBFloat == DotUnit::None;
  };
  if (options.targets.empty())
    llvm::erase_if(targets, lacks);
  else if (auto it = llvm::find_if(targets, lacks); it != targets.end())
    return Status::usage("--precision", concat("target ", quote(it->name),
                                               " has no products of bf16"))
        .help("--quantize bf16 computes them as fp32, for half the memory");
  return targets;
}
