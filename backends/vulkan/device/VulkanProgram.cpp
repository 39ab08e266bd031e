//===- VulkanProgram.cpp - an artifact on a Vulkan device -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/device/VulkanProgram.h"

#include "backends/vulkan/Bindings.h"
#include "backends/vulkan/device/VulkanSession.h"

#include "support/Text.h"
#include "support/Threads.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace tenon::vulkan {

Result<std::shared_ptr<runtime::DeviceProgram>>
VulkanProgram::load(std::shared_ptr<Context> context,
                    std::shared_ptr<const runtime::Artifact> artifact,
                    const std::string &variant) {
  auto program =
      std::make_shared<VulkanProgram>(std::move(context), std::move(artifact));
  TENON_RETURN_IF_ERROR(program->prepare(variant));
  return std::shared_ptr<runtime::DeviceProgram>(std::move(program));
}

Status VulkanProgram::prepare(const std::string &variant) {
  TENON_RETURN_IF_ERROR(selectVariant(variant));
  TENON_RETURN_IF_ERROR(createKernels());
  TENON_RETURN_IF_ERROR(checkConstants());
  return uploadConstants();
}

VulkanProgram::~VulkanProgram() {
  VkDevice device = context_->device();
  for (const Kernel &kernel : kernels_) {
    vkDestroyPipeline(device, kernel.pipeline, nullptr);
    vkDestroyPipelineLayout(device, kernel.layout, nullptr);
    vkDestroyDescriptorSetLayout(device, kernel.buffers, nullptr);
  }
}

namespace {
/// What SPIR-V code says of itself.
struct CodeFacts {
  std::vector<uint32_t> bindings; ///< Each once, in order.
  uint32_t threads = 0;           ///< Of a workgroup, unless
  bool isOfSubgroup = false;      ///< it has as many as a subgroup.

  /// How many bindings are texels of a kernel with so many buffers.
  size_t texels(uint32_t buffers) const {
    return size_t(std::ranges::count_if(bindings, [&](uint32_t binding) {
      return buffers && binding / buffers == 1;
    }));
  }

  explicit CodeFacts(std::span<const uint32_t> words) {
    // An instruction begins with its length in words and its opcode.
    constexpr size_t headerWords = 5;
    constexpr uint32_t opDecorate = 71, specId = 1, binding = 33;
    constexpr uint32_t opExecutionMode = 16, localSize = 17;
    for (size_t at = headerWords; at < words.size();
         at += std::max(words[at] >> 16, 1u)) {
      if (words.size() - at < 4)
        break;
      if (words[at] == (4u << 16 | opDecorate) && words[at + 2] == binding)
        bindings.push_back(words[at + 3]);
      if (words[at] == (4u << 16 | opDecorate) && words[at + 2] == specId &&
          words[at + 3] == threadsConstant)
        isOfSubgroup = true;
      if (words[at] == (6u << 16 | opExecutionMode) &&
          words[at + 2] == localSize)
        threads = words[at + 3];
    }
    std::ranges::sort(bindings);
    bindings.erase(std::ranges::unique(bindings).begin(), bindings.end());
  }
};
} // namespace

static std::vector<uint32_t> wordsOf(std::string_view code) {
  // The file aligns nothing within a section.
  std::vector<uint32_t> words(code.size() / sizeof(uint32_t));
  std::memcpy(words.data(), code.data(), words.size() * sizeof(uint32_t));
  return words;
}

std::vector<std::string>
VulkanProgram::missingLimits(std::string_view variant) const {
  const runtime::Plan &plan = artifact_->plan();
  const VkPhysicalDeviceLimits &limits = context_->limits();
  size_t buffers = 0, images = 0, resources = 0;
  for (const format::Kernel &kernel : plan.kernels())
    if (auto code = artifact_->module(
            format::kernelSymbol(plan.text(kernel.name), variant))) {
      CodeFacts facts(wordsOf(*code));
      size_t texels = facts.texels(kernel.buffers);
      buffers = std::max(buffers, facts.bindings.size() - texels);
      images = std::max(images, texels);
      resources = std::max(resources, facts.bindings.size());
    }
  const struct {
    const char *name;
    size_t needed, most;
  } counts[] = {
      {"maxPerStageDescriptorStorageBuffers", buffers,
       limits.maxPerStageDescriptorStorageBuffers},
      {"maxDescriptorSetStorageBuffers", buffers,
       limits.maxDescriptorSetStorageBuffers},
      {"maxPerStageDescriptorSampledImages", images,
       limits.maxPerStageDescriptorSampledImages},
      {"maxDescriptorSetSampledImages", images,
       limits.maxDescriptorSetSampledImages},
      {"maxPerStageResources", resources, limits.maxPerStageResources}};
  std::vector<std::string> missing;
  for (const auto &count : counts)
    if (count.needed > count.most)
      missing.push_back(concat(count.name, ">=", count.needed));
  return missing;
}

Status VulkanProgram::selectVariant(const std::string &name) {
  const runtime::Plan &plan = artifact_->plan();
  std::vector<std::string> names, lacking;
  for (const format::Variant &variant : plan.variants()) {
    names.emplace_back(plan.text(variant.name));
    if (!name.empty() && name != names.back())
      continue;
    std::vector<std::string> missing =
        context_->missingFeatures(plan.text(variant.features));
    if (missing.empty())
      missing = missingLimits(names.back());
    if (missing.empty()) {
      subgroupSize_ =
          Features::requiredSubgroupSize(plan.text(variant.features));
      range_ = Features::range(plan.text(variant.features));
      variant_ = static_cast<uint32_t>(names.size() - 1);
      return Status::ok();
    }
    lacking.push_back(
        concat(names.back(), " (lacks ", join(missing, ", "), ")"));
  }
  if (lacking.empty())
    return Status::invalid(
               artifact_->path(),
               concat("has no code for Vulkan target ", quote(name)))
        .help(concat("it has code for ", join(names, ", ")));
  return Status::invalid(artifact_->path(),
                         concat(context_->name(), " can't run its code for ",
                                join(lacking, ", ")))
      .help("--cpu baseline compiles for Vulkan 1.1 without features or fp16");
}

Status VulkanProgram::createKernels() {
  std::span<const format::Kernel> kernels = artifact_->plan().kernels();
  kernels_.resize(kernels.size());
  std::vector<Status> made(kernels.size());
  // Drivers compile here, as many kernels at once as there are callers.
  runOnThreads(std::thread::hardware_concurrency(), kernels.size(),
               [&](size_t i) {
                 made[i] = createKernel(kernels[i], kernels_[i]);
                 return made[i].isOk();
               });
  for (Status &status : made)
    TENON_RETURN_IF_ERROR(std::move(status));
  context_->pipelineCache().save();
  return Status::ok();
}

Status VulkanProgram::createBindings(const format::Kernel &kernel,
                                     const std::vector<uint32_t> &inCode,
                                     Kernel &out) {
  std::string name(artifact_->plan().text(kernel.name));
  std::vector<VkDescriptorSetLayoutBinding> bindings;
  auto add = [&](uint32_t binding, VkDescriptorType type) {
    bindings.push_back(
        {binding, type, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr});
  };
  for (uint32_t binding : inCode) {
    if (!kernel.buffers)
      return Status::invalid(artifact_->path(),
                             concat("is damaged: ", name, " has no buffers"));
    uint32_t buffer = binding % kernel.buffers;
    if (binding == texelsBinding(kernel.buffers, buffer)) {
      add(binding, VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER);
      out.texels.push_back(buffer);
    } else {
      add(binding, VK_DESCRIPTOR_TYPE_STORAGE_BUFFER);
      out.pieces.push_back({buffer, pieceOf(kernel.buffers, binding)});
    }
  }
  VkDescriptorSetLayoutCreateInfo set = {
      VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO};
  set.bindingCount = static_cast<uint32_t>(bindings.size());
  set.pBindings = bindings.data();
  return checkResult(vkCreateDescriptorSetLayout(context_->device(), &set,
                                                 nullptr, &out.buffers),
                     concat("prepare kernel ", name));
}

Status VulkanProgram::createKernel(const format::Kernel &kernel, Kernel &out) {
  const runtime::Plan &plan = artifact_->plan();
  VkDevice device = context_->device();
  std::string name(plan.text(kernel.name));
  std::string what = concat("prepare kernel ", name);
  std::string entry =
      format::kernelSymbol(name, plan.text(plan.variants()[variant_].name));
  auto code = artifact_->module(entry);
  if (!code || code->size() % sizeof(uint32_t))
    return Status::invalid(artifact_->path(),
                           concat("is damaged: it lacks the code of ", name));
  if (kernel.dims * sizeof(int32_t) > context_->limits().maxPushConstantsSize)
    return Status::invalid(artifact_->path(),
                           concat(name, " has more dims than ",
                                  context_->name(), " has room for"));
  std::vector<uint32_t> words = wordsOf(*code);
  CodeFacts facts(words);
  TENON_RETURN_IF_ERROR(createBindings(kernel, facts.bindings, out));

  VkPushConstantRange dims = {
      VK_SHADER_STAGE_COMPUTE_BIT, 0,
      static_cast<uint32_t>(kernel.dims * sizeof(int32_t))};
  VkPipelineLayoutCreateInfo layout = {
      VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
  layout.setLayoutCount = 1;
  layout.pSetLayouts = &out.buffers;
  layout.pushConstantRangeCount = kernel.dims ? 1 : 0;
  layout.pPushConstantRanges = &dims;
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreatePipelineLayout(device, &layout, nullptr, &out.layout), what));

  VkShaderModuleCreateInfo shader = {
      VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
  shader.codeSize = code->size();
  shader.pCode = words.data();
  VkShaderModule module;
  TENON_RETURN_IF_ERROR(checkResult(
      vkCreateShaderModule(device, &shader, nullptr, &module), what));
  VkComputePipelineCreateInfo pipeline = {
      VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
  pipeline.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  pipeline.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  pipeline.stage.module = module;
  pipeline.stage.pName = entry.c_str();
  pipeline.layout = out.layout;
  VkPipelineShaderStageRequiredSubgroupSizeCreateInfo subgroup = {
      VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO};
  uint32_t inSubgroup = context_->features().subgroupSize();
  if (subgroupSize_) {
    inSubgroup = subgroup.requiredSubgroupSize = subgroupSize_;
    pipeline.stage.pNext = &subgroup;
  }
  bool isFull = context_->features().hasFullSubgroups() &&
                (facts.isOfSubgroup ||
                 (subgroupSize_ && facts.threads % inSubgroup == 0));
  if (isFull)
    pipeline.stage.flags =
        VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT;
  const uint32_t constants[] = {inSubgroup, isFull ? VK_FALSE : VK_TRUE};
  const VkSpecializationMapEntry places[] = {
      {threadsConstant, 0, sizeof(uint32_t)},
      {severalConstant, sizeof(uint32_t), sizeof(VkBool32)}};
  const VkSpecializationInfo special = {
      static_cast<uint32_t>(std::size(places)), places, sizeof constants,
      constants};
  if (facts.isOfSubgroup)
    pipeline.stage.pSpecializationInfo = &special;
  VkResult result =
      vkCreateComputePipelines(device, context_->pipelineCache().handle(), 1,
                               &pipeline, nullptr, &out.pipeline);
  vkDestroyShaderModule(device, module, nullptr);
  return checkResult(result, what);
}

uint64_t VulkanProgram::mostBytes(const Kernel &kernel, uint32_t buffer,
                                  uint64_t elementSize) const {
  const VkPhysicalDeviceLimits &limits = context_->limits();
  uint64_t most = kernel.isWhole(buffer) ? context_->mostBytes(elementSize)
                                         : mostIndexedBytes(elementSize);
  return std::ranges::find(kernel.texels, buffer) == kernel.texels.end()
             ? most
             : std::min<uint64_t>(most,
                                  limits.maxTexelBufferElements * texelSize);
}

Status VulkanProgram::checkConstants() const {
  const runtime::Plan &plan = artifact_->plan();
  for (const format::Entry &entry : plan.entries())
    for (const format::Launch &launch : plan.launches(entry)) {
      std::span<const format::Arg> args = plan.args(launch);
      for (uint32_t i = 0; i < args.size(); ++i) {
        if (args[i].kind != format::ArgKind::Constant)
          continue;
        const format::Constant &constant = plan.constants()[args[i].index];
        if (constant.size > mostBytes(kernels_[launch.kernel], i,
                                      runtime::dtypeSize(constant.type)))
          return Status::invalid(
              std::string(plan.text(constant.name)),
              concat("is larger than ", context_->name(), " can bind"));
      }
    }
  return Status::ok();
}

Status VulkanProgram::uploadConstants() {
  // What every device allows for one piece of memory.
  constexpr uint64_t largestPiece = uint64_t(1) << 30;
  const runtime::Plan &plan = artifact_->plan();
  std::span<const format::Constant> constants = plan.constants();
  Copier copier(context_);
  for (size_t begin = 0; begin < constants.size();) {
    uint64_t size = 0;
    std::vector<uint64_t> offsets;
    size_t end = begin;
    for (; end < constants.size(); ++end) {
      uint64_t next = size + alignBinding(constants[end].size);
      if (end > begin && next + bindingAlignment > largestPiece)
        break;
      offsets.push_back(size);
      size = next;
    }
    TENON_ASSIGN_OR_RETURN(
        Memory memory,
        Memory::allocateOnDevice(context_, size + bindingAlignment));
    for (size_t i = begin; i < end; ++i) {
      std::span<const uint8_t> from =
          artifact_->constant(static_cast<uint32_t>(i));
      uint64_t offset = offsets[i - begin];
      // Whoever looks at a kernel's arguments sees the file's.
      constants_.push_back({memory.buffer(), offset, from.size(),
                            reinterpret_cast<const char *>(from.data())});
      TENON_RETURN_IF_ERROR(copier.writeLater(
          {reinterpret_cast<const char *>(from.data()), from.size()}, memory,
          offset));
    }
    weights_.push_back(std::move(memory));
    begin = end;
  }
  return copier.submit();
}

Result<std::unique_ptr<runtime::DeviceSession>>
VulkanProgram::createSession(unsigned) {
  return std::unique_ptr<runtime::DeviceSession>(
      std::make_unique<VulkanSession>(*this));
}

} // namespace tenon::vulkan
