//===- Target.h - what a Vulkan device is like ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_VULKAN_COMPILE_TARGET_H
#define TENON_BACKENDS_VULKAN_COMPILE_TARGET_H

#include "backends/Backend.h"
#include "backends/vulkan/Bindings.h"
#include "codegen/ScheduleFile.h"

#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon::vulkan {

/// How a workgroup computes a block of a product, or of the scores of
/// attention: see codegen/gpu.
struct BlockShape {
  int64_t rows, columns, depth;
  int64_t threadRows, threadColumns;
  int64_t parts = 1; ///< Threads that share the depth of a thread's part.

  int64_t threads() const {
    return rows / threadRows * (columns / threadColumns) * parts;
  }
  /// Of shared memory, for sums that are added up.
  int64_t sharedForParts() const {
    return parts > 1 ? parts * rows * columns * 4 : 0;
  }
  /// Of shared memory; rows may have one vector of 4 to spare.
  int64_t sharedForProduct() const {
    return (rows * (depth + 4) + depth * columns) * 4;
  }
  /// Both sides in fp16, rows with two vectors to spare, and sums of so many
  /// rows of each part.
  int64_t sharedForMatrices(int64_t sumRows) const {
    return (rows * (depth + 8) + depth * (columns + 8)) * 2 +
           rows / threadRows * sumRows * (columns + 4) * 4;
  }
  /// Words of four codes, weights as numbers or as two codes, and what belongs
  /// to a row or to a thread.
  int64_t sharedForCodes() const {
    int64_t sides = (rows + columns) * (depth / 2 + 1) + columns / 4 * depth;
    int64_t weights = rows * (columns + 4) + 2 * rows * (columns / 4 + 1);
    int64_t parts = std::max({2 * columns, rows, 2 * threads()});
    int64_t scales = 2 * rows + 4 * columns;
    return (sides + weights + parts + scales + 2 * threads() + rows) * 4;
  }
  /// Weights, and what belongs to a row or to a thread.
  int64_t sharedForScores() const {
    return (rows * (columns + 4) + rows + threads()) * 4;
  }
  /// Both sides of attention's products in fp16, scores, and weights as two
  /// halves.
  int64_t sharedForMatrixAttention() const {
    int64_t sides = (rows + columns) * (depth + 8);
    int64_t scores = rows * (std::max(columns, depth) + 4) + rows + threads();
    return (sides + 2 * rows * (columns + 8)) * 2 + scores * 4;
  }
  int64_t sharedForAttention() const {
    return (rows + columns) * (depth + 4) * 4 + sharedForScores();
  }
};

/// Threads of a workgroup that run in step, and what they do together.
struct Subgroup {
  int64_t least = 1, most = 128; ///< Threads: a device has a number in between.
  bool addsUp = false;           ///< Reduces over its threads.
};

/// Matrices of fp16 that the threads of a subgroup multiply together, with sums
/// in fp32: M x K by K x N elements.
struct MatrixUnit {
  int64_t rows = 0, columns = 0, depth = 0; ///< 0: there is none.
  int64_t subgroup = 0;                     ///< Threads.
  /// A thread's part is a subgroup's here.
  std::vector<BlockShape> blocks;
  std::vector<BlockShape>
      attention; ///< Of fp16; if there are none, by threads.

  explicit operator bool() const { return rows != 0; }
  /// As a device's features name it.
  std::string feature() const;
  int64_t threads(const BlockShape &block) const {
    return block.threads() * subgroup;
  }
};

/// A kind of device, as its target file describes it.
struct Target {
  std::string name;
  /// Compiled for by default only if the model has arithmetic of one of these
  /// kinds (see BackendOptions); null: for every model.
  std::optional<std::vector<std::string>> onlyFor;

  int64_t threads = 128;       ///< Of a workgroup, at most.
  int64_t sharedBytes = 16384; ///< Of a workgroup, at most.
  int64_t busy = 1;            ///< Workgroups that occupy the device.
  /// Bytes that can be bound at once, a power of two: larger buffers are bound
  /// in pieces.
  int64_t range = guaranteedRange;
  bool isSoftware = false; ///< A processor that plays the device.
  /// Integers that it computes with and holds in memory; others are taken for
  /// words of 32 bits.
  bool int64 = false, int16 = false, int8 = false;
  bool float16 = false; ///< Computes with it; 16 bits suffice to hold it.
  /// Rounds to nearest when it makes float16 of float. Vulkan leaves that to
  /// the driver, which may cut off.
  bool roundsHalf = true;
  /// Lets kernels say that NaN, infinities and signs of zeros matter. Else what
  /// becomes of them is the driver's choice.
  bool keepsNan = false;
  Subgroup subgroup;
  int64_t rowThreads = 1024; ///< Threads that share a row, at most.
  /// What isn't written is read as texels of four floats, if it has no more
  /// than mostTexels of them.
  bool texels = false;
  static constexpr int64_t mostTexels = int64_t(1) << 26;
  /// Products and attention bring what they multiply to shared memory first.
  bool isStaged = true;
  /// Sums of four products of bytes are an instruction, where a device has this
  /// feature.
  bool dots = false;
  static constexpr char dotFeature[] = "shaderIntegerDotProduct";
  std::vector<BlockShape> matmul, attention; ///< Largest first.
  /// Of products that have no more rows than the block; fewest first.
  std::vector<BlockShape> fewRows;
  /// The same of attention, whose keys and values few queries read themselves.
  std::vector<BlockShape> fewQueries;
  MatrixUnit matrices;

  ScheduleTarget forSchedules() const { return {name}; }

  /// What a device must have, by the names of the Vulkan specification:
  /// features, and limits as `name>=value`. Models that compute with half need
  /// more.
  std::string features(bool usesHalf) const;

  /// What SPIR-V for it may use. A kernel with matrices or dot products is of
  /// a version that `features` has for them, any other of one that all devices
  /// have.
  mlir::spirv::TargetEnvAttr environment(mlir::MLIRContext *context,
                                         bool isNewer) const;

  /// Reads a target file.
  static Result<Target> parse(std::string text, std::string name);
  /// A built-in target by name, or the target in the file of that path.
  static Result<Target> find(const std::string &name);
  /// The targets that the options name; by default the built-in ones that are
  /// of use. A device tries them in this order.
  static Result<std::vector<Target>> findAll(const BackendOptions &options);
  /// The built-in targets.
  static std::span<const Target> builtins();
};

} // namespace tenon::vulkan

#endif // TENON_BACKENDS_VULKAN_COMPILE_TARGET_H
