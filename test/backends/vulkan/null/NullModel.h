//===- NullModel.h - a model for devices that compute nothing ---*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_BACKENDS_VULKAN_NULL_NULLMODEL_H
#define TENON_TEST_BACKENDS_VULKAN_NULL_NULLMODEL_H

#include "runtime/format/ArtifactWriter.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace tenon;
using namespace tenon::runtime;
using namespace tenon::format;

namespace {

constexpr const char *features =
    "shaderInt64,maxComputeWorkGroupInvocations>=256,"
    "maxComputeSharedMemorySize>=32768";
const std::vector<std::pair<std::string, std::string>> desktop = {
    {"desktop", features}};

/// SPIR-V whose only words are decorations: of three buffers, and `further`
/// bindings.
std::string codeWithBindings(std::vector<uint32_t> further) {
  std::vector<uint32_t> words = {0x07230203, 0x10300, 0, 100, 0};
  further.insert(further.begin(), {0, 1, 2});
  for (uint32_t binding : further)
    words.insert(words.end(), {4U << 16 | 71, 1 + binding, 33, binding});
  return {reinterpret_cast<const char *>(words.data()), 4 * words.size()};
}

/// `forward(x: f32[B, S, 64])` gives `y` of the same shape after `launches`
/// launches, which work in two buffers and read one of two constants; `push`
/// does the same and has a state of at most 4096 positions, `wide` has larger
/// buffers, one of them of bytes. Kernels of the
/// variant `texels` read two of their buffers as texels, too, and `work` of the
/// variant `pieces` has four pieces of the constant.
Status writeModel(const std::string &path, unsigned launches,
                  std::vector<std::string> targets = {"vulkan"},
                  const std::vector<std::pair<std::string, std::string>>
                      &variants = desktop) {
  PlanBuilder plan;
  uint32_t b = plan.symbolDim(plan.addSymbol("B", 1, 1024, 1));
  uint32_t s = plan.symbolDim(plan.addSymbol("S", 1, 4096, 128));
  uint32_t late = plan.addSymbol("P", 0, 4096, 128, /*late=*/true);
  uint32_t p = plan.symbolDim(late);
  for (const auto &[name, needs] : variants)
    plan.addVariant(name, needs);
  uint32_t work = plan.addKernel("work", 3, 2);
  uint32_t append = plan.addKernel("append", 3, 2);
  uint32_t weight = plan.addConstant("w", DType::F32, {1000});
  plan.addConstant("unused", DType::F32, {7});
  uint32_t width = plan.constantDim(64);
  uint32_t rows = plan.mul(b, s), none = plan.constantDim(0);
  uint32_t bytes = plan.mul(plan.mul(rows, width), plan.constantDim(4));
  uint32_t group = plan.addStateGroup({late, 16});
  uint32_t keys = plan.addState("keys", DType::F32, group, {1, 16, 64}, 1);
  std::vector<LaunchShape> grids(variants.size(), {rows, none});
  for (std::string name : {"forward", "push", "wide"}) {
    bool hasState = name == "push";
    EntrySpec entry;
    entry.name = name;
    entry.inputs = {{"x", DType::F32, {b, s, width}},
                    {"mask", DType::F32, {b, s}, DefaultKind::Fill, 1, {}}};
    entry.outputs = {{"y", DType::F32, {b, s, width}}};
    entry.buffers = {{bytes, 0, launches - 1, 4}, {bytes, 0, launches - 1, 4}};
    if (name == "wide") {
      entry.buffers[0].size = plan.mul(rows, plan.constantDim(1 << 20));
      entry.buffers[0].elementSize = 1;
      entry.buffers[1].size = plan.mul(rows, plan.constantDim(3 << 19));
    }
    if (hasState)
      entry.states = {{group, b, p, s, 0, 0}};
    for (unsigned i = 0; i < launches; ++i) {
      Arg from = i ? Arg{ArgKind::Buffer, i % 2} : Arg{ArgKind::Input, 0};
      Arg to = i + 1 < launches ? Arg{ArgKind::Buffer, (i + 1) % 2}
                                : Arg{ArgKind::Output, 0};
      std::vector<Arg> args = {from, {ArgKind::Constant, weight}, to};
      if (hasState && i % 2)
        args = {{ArgKind::State, keys}, {ArgKind::StateAfter, group}, to};
      entry.launches.push_back({hasState && i % 2 ? append : work,
                                i > 0,
                                std::move(args),
                                {rows, hasState ? p : s},
                                grids,
                                "work",
                                none,
                                none});
    }
    plan.addEntry(std::move(entry));
  }
  std::vector<ModuleSpec> modules;
  for (const auto &[name, needs] : variants)
    for (const char *kernel : {"work", "append"}) {
      std::string code = codeWithBindings({});
      if (name == "texels")
        code = codeWithBindings({3, 4});
      // Two declarations have a binding in common.
      if (name == "pieces" && kernel == std::string("work"))
        code = codeWithBindings({7, 10, 13, 13});
      modules.push_back({kernelSymbol(kernel, name), code});
    }
  ArtifactContents contents{"", {}, "{\"ops\":[]}", {}, plan, {}, modules};
  contents.manifest.target = targets[0];
  for (size_t i = 1; i < targets.size(); ++i) {
    contents.manifest.otherTargets.push_back(targets[i]);
    contents.others.push_back({targets[i], plan, modules});
  }
  for (int i = 0; i < 2; ++i)
    contents.constants.push_back({[](uint64_t, std::span<uint8_t> out) {
                                    std::ranges::fill(out, 1);
                                    return Status::ok();
                                  },
                                  4});
  return writeArtifact(path, contents);
}

} // namespace

#endif // TENON_TEST_BACKENDS_VULKAN_NULL_NULLMODEL_H
