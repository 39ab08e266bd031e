//===- Spirv.cpp - SPIR-V as bytes and as text ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Spirv.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Target/SPIRV/Serialization.h"

#include <spirv-tools/libspirv.hpp>

using namespace tenon;
using namespace mlir;

/// The oldest environment that has what code of this version may use.
static spv_target_env environmentOf(uint32_t version) {
  return version > 0x10300 ? SPV_ENV_VULKAN_1_3 : SPV_ENV_VULKAN_1_1;
}

static std::vector<uint32_t> wordsOf(const std::string &code) {
  std::vector<uint32_t> words(code.size() / sizeof(uint32_t));
  std::memcpy(words.data(), code.data(), words.size() * sizeof(uint32_t));
  return words;
}

namespace {
/// Khronos' tools, which say in `messages` what they don't like.
struct Tools : spvtools::SpirvTools {
  explicit Tools(uint32_t version) : SpirvTools(environmentOf(version)) {
    SetMessageConsumer([this](spv_message_level_t, const char *,
                              const spv_position_t &position,
                              const char *message) {
      messages += (messages.empty() ? "" : "; ") + std::string(message) +
                  " (word " + std::to_string(position.index) + ")";
    });
  }

  std::string messages;
};
} // namespace

/// Whether Khronos' tools, which may be older than what a kernel uses, know all
/// of it. MLIR has checked it in any case.
static bool knowsCapabilities(spirv::ModuleOp module) {
  std::optional<spirv::VerCapExtAttr> needs = module.getVceTriple();
  if (!needs || !llvm::is_contained(needs->getCapabilities(),
                                    spirv::Capability::CooperativeMatrixKHR))
    return true;
  static const bool known = [] {
    std::vector<uint32_t> words;
    return Tools(0x10600).Assemble("OpCapability CooperativeMatrixKHR", &words);
  }();
  return known;
}

/// A constant of three numbers that a pipeline may change is how many threads a
/// workgroup has; MLIR has no way to say so.
static void decorateWorkgroupSize(SmallVectorImpl<uint32_t> &words) {
  constexpr size_t headerWords = 5;
  constexpr uint32_t opSpecConstantComposite = 51, opDecorate = 71;
  constexpr uint32_t builtIn = 11, workgroupSize = 25;
  size_t decorations = 0;
  for (size_t at = headerWords; at < words.size(); at += words[at] >> 16) {
    uint32_t opcode = words[at] & 0xffff;
    if (opcode == opDecorate && !decorations)
      decorations = at;
    if (opcode != opSpecConstantComposite)
      continue;
    const uint32_t said[] = {4U << 16 | opDecorate, words[at + 2], builtIn,
                             workgroupSize};
    words.insert(words.begin() + decorations, std::begin(said), std::end(said));
    return;
  }
}

Result<std::string> vulkan::assemble(ModuleOp machine) {
  std::string name = machine.getName().value_or("").str();
  auto modules = llvm::to_vector(machine.getOps<spirv::ModuleOp>());
  if (modules.size() != 1)
    return Status::internal(name, "isn't one SPIR-V module");
  SmallVector<uint32_t> words;
  if (failed(spirv::serialize(modules.front(), words)))
    return Status::internal(name, "can't be written as SPIR-V");
  decorateWorkgroupSize(words);
  Tools tools(words[1]);
  if (knowsCapabilities(modules.front()) &&
      !tools.Validate(words.data(), words.size()))
    return Status::internal(name, "isn't valid SPIR-V: " + tools.messages);
  return std::string(reinterpret_cast<const char *>(words.data()),
                     words.size() * sizeof(uint32_t));
}

Result<std::string> vulkan::disassemble(const std::string &code) {
  std::vector<uint32_t> words = wordsOf(code);
  Tools tools(words[1]);
  std::string text;
  if (!tools.Disassemble(words, &text,
                         SPV_BINARY_TO_TEXT_OPTION_FRIENDLY_NAMES |
                             SPV_BINARY_TO_TEXT_OPTION_INDENT))
    return Status::usage("--emit", "SPIRV-Tools, with which this program was "
                                   "built, can't write the code as text: " +
                                       tools.messages)
        .help("newer ones can; --emit loops shows the kernels, too");
  return text;
}

Result<std::string> vulkan::kernelNameOf(const std::string &code) {
  // An instruction begins with its length in words and its opcode.
  constexpr size_t headerWords = 5;
  constexpr uint32_t opEntryPoint = 15;
  std::vector<uint32_t> words = wordsOf(code);
  for (size_t at = headerWords; at < words.size();) {
    uint32_t length = words[at] >> 16, opcode = words[at] & 0xffff;
    if (!length || at + length > words.size())
      break;
    // Execution model and function come before the name.
    if (opcode == opEntryPoint && length > 3) {
      StringRef bytes(reinterpret_cast<const char *>(&words[at + 3]),
                      (length - 3) * sizeof(uint32_t));
      return bytes.take_until([](char c) { return c == '\0'; }).str();
    }
    at += length;
  }
  return Status::internal("", "SPIR-V without an entry point");
}
