//===- Target.cpp - what a Vulkan device is like --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Target.h"

#include "backends/vulkan/compile/ScheduleSpace.h"

#include "codegen/Targets.h"
#include "support/Toml.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVAttributes.h"

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

/// The target files, embedded at build time: {name, text}.
static constexpr const char *targetFiles[][2] = {
#include "backends/vulkan/compile/TargetFiles.inc"
};

std::string MatrixUnit::feature() const {
  return "cooperativeMatrix=" + std::to_string(rows) + "x" +
         std::to_string(columns) + "x" + std::to_string(depth);
}

std::string Target::features(bool usesHalf) const {
  std::string list;
  if (int64)
    list += "shaderInt64,";
  if (int16)
    list += "shaderInt16,storageBuffer16BitAccess,";
  if (int8)
    list += "shaderInt8,storageBuffer8BitAccess,";
  if (usesHalf || matrices)
    list += "shaderFloat16,";
  if (keepsNan)
    list += "shaderSignedZeroInfNanPreserveFloat32,";
  if (keepsNan && (usesHalf || matrices))
    list += "shaderSignedZeroInfNanPreserveFloat16,";
  list += "maxComputeWorkGroupInvocations>=" + std::to_string(threads);
  list += ",maxComputeSharedMemorySize>=" + std::to_string(sharedBytes);
  list += "," + std::string(rangeFeature) + std::to_string(range);
  if (texels)
    list += ",maxTexelBufferElements>=" + std::to_string(mostTexels);
  if (isSoftware)
    list += ",VK_PHYSICAL_DEVICE_TYPE_CPU";
  if (subgroup.addsUp)
    list += ",VK_SUBGROUP_FEATURE_ARITHMETIC_BIT";
  if (dots)
    list += std::string(",VK_API_VERSION_1_3,") + dotFeature +
            ",integerDotProduct4x8BitPackedSignedAccelerated";
  if (matrices) {
    list += ",VK_API_VERSION_1_3,vulkanMemoryModel," + matrices.feature() +
            ",requiredSubgroupSize=" + std::to_string(matrices.subgroup) +
            ",maxComputeWorkgroupSubgroups>=" +
            std::to_string(llvm::divideCeil(threads, matrices.subgroup));
  } else if (subgroup.addsUp) {
    list += ",subgroupSize>=" + std::to_string(subgroup.least) +
            ",subgroupSize<=" + std::to_string(subgroup.most);
  }
  return list;
}

spirv::TargetEnvAttr Target::environment(MLIRContext *context,
                                         bool isNewer) const {
  SmallVector<spirv::Capability> capabilities{spirv::Capability::Shader};
  SmallVector<spirv::Extension> extensions{
      spirv::Extension::SPV_KHR_storage_buffer_storage_class};
  if (int64)
    capabilities.push_back(spirv::Capability::Int64);
  if (int16) {
    capabilities.append({spirv::Capability::Int16,
                         spirv::Capability::StorageBuffer16BitAccess});
    extensions.push_back(spirv::Extension::SPV_KHR_16bit_storage);
  }
  if (int8) {
    capabilities.append(
        {spirv::Capability::Int8, spirv::Capability::StorageBuffer8BitAccess});
    extensions.push_back(spirv::Extension::SPV_KHR_8bit_storage);
  }
  if (texels)
    capabilities.push_back(spirv::Capability::SampledBuffer);
  if (float16)
    capabilities.push_back(spirv::Capability::Float16);
  if (keepsNan) {
    capabilities.push_back(spirv::Capability::SignedZeroInfNanPreserve);
    extensions.push_back(spirv::Extension::SPV_KHR_float_controls);
  }
  if (subgroup.addsUp)
    capabilities.append({spirv::Capability::GroupNonUniform,
                         spirv::Capability::GroupNonUniformArithmetic});
  auto version = spirv::Version::V_1_3;
  if (isNewer) {
    version = spirv::Version::V_1_6;
    capabilities.append({spirv::Capability::CooperativeMatrixKHR,
                         spirv::Capability::VulkanMemoryModel,
                         spirv::Capability::DotProduct,
                         spirv::Capability::DotProductInput4x8BitPacked});
    extensions.append({spirv::Extension::SPV_KHR_cooperative_matrix,
                       spirv::Extension::SPV_KHR_integer_dot_product});
  }
  auto triple =
      spirv::VerCapExtAttr::get(version, capabilities, extensions, context);
  return spirv::TargetEnvAttr::get(
      triple, spirv::getDefaultResourceLimits(context),
      spirv::ClientAPI::Vulkan, spirv::Vendor::Unknown,
      spirv::DeviceType::Unknown, spirv::TargetEnvAttr::kUnknownDeviceID);
}

//===----------------------------------------------------------------------===//
// Target files
//===----------------------------------------------------------------------===//

static SmallVector<int64_t> readNumbers(const toml::node *node) {
  const toml::array *numbers = node ? node->as_array() : nullptr;
  SmallVector<int64_t> n;
  for (size_t i = 0; numbers && i < numbers->size(); ++i)
    n.push_back((*numbers)[i].value<int64_t>().value_or(0));
  return n;
}

/// The emitters that are to follow a block.
using Emitters = ArrayRef<StringRef>;

/// One entry of a list of blocks, of five numbers or, with parts of the depth,
/// of six.
static Result<BlockShape> readBlock(const TomlFile &file,
                                    const toml::node &node,
                                    const Target &target, bool hasParts,
                                    Emitters emitters) {
  SmallVector<int64_t> n = readNumbers(&node);
  if (n.size() != (hasParts ? 6 : 5))
    return file.error(node, hasParts ? "a block is six numbers"
                                     : "a block is five numbers");
  BlockShape block{n[0], n[1], n[2], n[3], n[4], hasParts ? n[5] : 1};
  for (StringRef emitter : emitters)
    if (std::string wrong = whatIsWrong(emitter, block, target); !wrong.empty())
      return file.error(node, wrong);
  return block;
}

/// A key of a table that lists blocks, if it is there.
static Result<std::vector<BlockShape>>
readBlocks(const TomlFile &file, const std::string &table,
           const std::string &key, const Target &target, bool hasParts,
           Emitters emitters) {
  std::vector<BlockShape> blocks;
  const toml::array *list = file.root()[table][key].as_array();
  for (size_t i = 0; list && i < list->size(); ++i) {
    TENON_ASSIGN_OR_RETURN(BlockShape block, readBlock(file, (*list)[i], target,
                                                       hasParts, emitters));
    blocks.push_back(block);
  }
  return blocks;
}

/// The key `blocks` of a table, which must be there.
static Result<std::vector<BlockShape>> readBlocks(const TomlFile &file,
                                                  const std::string &table,
                                                  const Target &target,
                                                  Emitters emitters) {
  TENON_ASSIGN_OR_RETURN(auto blocks, readBlocks(file, table, "blocks", target,
                                                 /*hasParts=*/false, emitters));
  if (blocks.empty())
    return file.error(file.root(), table + " must list blocks");
  return blocks;
}

/// The blocks for few rows: `few_rows` of products, `few_queries` of attention.
static Status readFew(const TomlFile &file, Target &target) {
  TENON_ASSIGN_OR_RETURN(target.fewRows,
                         readBlocks(file, "matmul", "few_rows", target,
                                    /*hasParts=*/true, {"matmul-direct"}));
  TENON_ASSIGN_OR_RETURN(target.fewQueries,
                         readBlocks(file, "attention", "few_queries", target,
                                    /*hasParts=*/false, {"attention-direct"}));
  auto isSorted = [](const std::vector<BlockShape> &blocks) {
    return llvm::is_sorted(
        blocks, [](const auto &a, const auto &b) { return a.rows < b.rows; });
  };
  if (!isSorted(target.fewRows) || !isSorted(target.fewQueries))
    return file.error(file.root(), "blocks of few rows come in the order of "
                                   "their rows");
  return Status::ok();
}

static Status readSubgroup(const TomlFile &file, Subgroup &subgroup) {
  return readTomlTable(file, "subgroup", [&](TomlReader &reader) {
    reader.within("least", subgroup.least, 1, 128);
    reader.within("most", subgroup.most, subgroup.least, 128);
    reader.required("arithmetic", subgroup.addsUp);
    for (auto [key, threads] :
         {std::pair("least", subgroup.least), std::pair("most", subgroup.most)})
      if (!llvm::isPowerOf2_64(threads))
        reader.fail(key, "must be a power of two");
  });
}

/// The tables `matmul` and `attention`.
static Status readProducts(const TomlFile &file, Target &target) {
  if (file.root().contains("matmul"))
    TENON_RETURN_IF_ERROR(
        readTomlTable(file, "matmul", [&](TomlReader &reader) {
          reader.optional("staged", target.isStaged);
          reader.optional("dots", target.dots);
          if (target.dots && !target.int8)
            reader.fail("dots", "needs int8");
        }));
  StringRef product = target.isStaged ? "matmul" : "matmul-direct";
  TENON_ASSIGN_OR_RETURN(target.matmul,
                         readBlocks(file, "matmul", target, product));
  TENON_RETURN_IF_ERROR(readFew(file, target));
  // Codes are always staged.
  StringRef attention = target.isStaged ? "attention" : "attention-direct";
  TENON_ASSIGN_OR_RETURN(
      target.attention,
      readBlocks(file, "attention", target, {attention, "attention-codes"}));
  return Status::ok();
}

/// The table `matrices`.
static Status readMatrices(const TomlFile &file, Target &target) {
  MatrixUnit &unit = target.matrices;
  TENON_RETURN_IF_ERROR(
      readTomlTable(file, "matrices", [&](TomlReader &reader) {
        SmallVector<int64_t> shape =
            readNumbers(file.root()["matrices"]["shape"].node());
        // Rows of halves begin at 16 bytes, or are no longer than 8.
        if (shape.size() != 3 || llvm::any_of(shape, [](int64_t size) {
              return size != 4 && (size < 8 || size > 64 || size % 8 != 0);
            }))
          return reader.fail("shape", "must be rows, columns and depth of a "
                                      "matrix: 4, or multiples of 8 up to 64");
        unit.rows = shape[0];
        unit.columns = shape[1];
        unit.depth = shape[2];
        reader.within("subgroup", unit.subgroup, target.subgroup.least,
                      target.subgroup.most);
        if (!llvm::isPowerOf2_64(unit.subgroup))
          reader.fail("subgroup", "must be a power of two");
      }));
  TENON_ASSIGN_OR_RETURN(
      unit.blocks, readBlocks(file, "matrices", target, {"matmul-matrix"}));
  // These may be missing.
  TENON_ASSIGN_OR_RETURN(unit.attention,
                         readBlocks(file, "matrices", "attention", target,
                                    /*hasParts=*/false, {"attention-matrix"}));
  return Status::ok();
}

Result<Target> Target::parse(std::string text, std::string name) {
  TENON_ASSIGN_OR_RETURN(TomlFile file,
                         TomlFile::parse(std::move(text), std::move(name)));
  static const std::string rootKeys[] = {
      "name",  "only_for", "software", "texels",    "range",   "workgroup",
      "types", "subgroup", "matmul",   "attention", "matrices"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  Target target;
  TomlReader root(file, file.root());
  root.required("name", target.name);
  root.optional("software", target.isSoftware);
  root.optional("texels", target.texels);
  if (file.root().contains("range")) {
    // Bindings begin at multiples of the least of these.
    root.within("range", target.range, 256, int64_t(1) << 31);
    if (!llvm::isPowerOf2_64(target.range))
      root.fail("range", "must be a power of two");
  }
  TENON_RETURN_IF_ERROR(root.status);
  TENON_RETURN_IF_ERROR(readOnlyFor(file, target.onlyFor));
  TENON_RETURN_IF_ERROR(
      readTomlTable(file, "workgroup", [&](TomlReader &reader) {
        reader.within("threads", target.threads, 64, 1024);
        reader.within("shared", target.sharedBytes, 16384, int64_t(1) << 20);
        reader.within("busy", target.busy, 1, 1 << 16);
        target.rowThreads = target.threads;
        if (file.root()["workgroup"].as_table()->contains("row"))
          reader.within("row", target.rowThreads, 1, target.threads);
        if (!llvm::isPowerOf2_64(target.threads))
          reader.fail("threads", "must be a power of two");
      }));
  TENON_RETURN_IF_ERROR(readTomlTable(file, "types", [&](TomlReader &reader) {
    reader.required("int64", target.int64);
    reader.required("int16", target.int16);
    reader.required("int8", target.int8);
    reader.required("float16", target.float16);
    reader.optional("rounds_half", target.roundsHalf);
    reader.required("keeps_nan", target.keepsNan);
    if (target.float16 && !target.int16)
      reader.fail("float16", "needs int16, which holds its bits");
  }));
  TENON_RETURN_IF_ERROR(readSubgroup(file, target.subgroup));
  TENON_RETURN_IF_ERROR(readProducts(file, target));
  if (file.root().contains("matrices"))
    TENON_RETURN_IF_ERROR(readMatrices(file, target));
  return target;
}

std::span<const Target> Target::builtins() {
  static const std::vector<Target> targets = parseEmbedded<Target>(targetFiles);
  return targets;
}

Result<Target> Target::find(const std::string &name) {
  TENON_ASSIGN_OR_RETURN(std::optional<Target> found, findTarget<Target>(name));
  if (found)
    return std::move(*found);
  std::string known;
  for (const Target &target : builtins())
    known += (known.empty() ? "" : ", ") + target.name;
  return Status::usage("--cpu", "there is no Vulkan target '" + name + "'")
      .help("known are " + known + ", and files ending in .toml");
}

Result<std::vector<Target>> Target::findAll(const BackendOptions &options) {
  TENON_ASSIGN_OR_RETURN(
      auto targets, findTargets<Target>(options.targets, options.arithmetic));
  if (options.targets.empty() && options.uses("fp16"))
    llvm::erase_if(targets,
                   [](const Target &target) { return !target.float16; });
  return targets;
}
