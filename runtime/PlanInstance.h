//===- PlanInstance.h - an entry's plan for one shape -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What follows from the shapes of a call's inputs, for every device: the value
// of each dim, and the place of each buffer in the arena.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PLANINSTANCE_H
#define TENON_RUNTIME_PLANINSTANCE_H

#include "runtime/Plan.h"

#include <memory>

namespace tenon::runtime {

/// What an instance depends on. Inputs that the caller omits and outputs that
/// the caller has no memory for take memory of the arena.
struct InstanceKey {
  uint32_t entry = 0;
  /// Values of all symbols; late ones are unknownDim.
  std::vector<int64_t> symbols;
  std::vector<bool> inputsGiven, outputsGiven;

  bool operator==(const InstanceKey &) const = default;
};

/// The memory of one input or output.
struct PortMemory {
  std::vector<int64_t> shape;
  uint64_t bytes = 0;
  /// In the arena, if the caller has no memory for it.
  uint64_t arenaOffset = 0;
  uint64_t arenaBytes = 0; ///< What is reserved there.
};

class PlanInstance {
public:
  /// `late` has the values of all symbols of this call; only late ones are
  /// looked at. `path` is for errors.
  static Result<std::unique_ptr<PlanInstance>>
  create(const Plan &plan, const InstanceKey &key, uint32_t variant,
         std::span<const int64_t> symbols, const std::string &path);

  /// Recomputes what depends on late symbols. Fails if they outgrow what was
  /// planned.
  Status update(std::span<const int64_t> symbols);

  const Plan &plan() const { return *plan_; }
  const format::Entry &entry() const { return plan_->entries()[key_.entry]; }
  const InstanceKey &key() const { return key_; }
  uint32_t variant() const { return variant_; }
  /// Counts calls of update() that changed something.
  uint64_t revision() const { return revision_; }

  /// The value of a dim that the entry uses.
  int64_t dim(uint32_t node) const { return values_[node]; }
  std::span<const int64_t> dims() const { return values_; }

  std::span<const PortMemory> inputs() const { return inputs_; }
  std::span<const PortMemory> outputs() const { return outputs_; }
  uint64_t bufferOffset(uint32_t buffer) const { return buffers_[buffer]; }
  /// Bytes of the arena, and of scratch memory for each thread.
  uint64_t arenaSize() const { return arenaSize_; }
  uint64_t scratchSize() const { return scratchSize_; }

private:
  PlanInstance() = default;
  Status layOut(std::span<const int64_t> values);
  Status shapePorts();

  const Plan *plan_ = nullptr;
  std::string path_;
  InstanceKey key_;
  uint32_t variant_ = 0;
  uint64_t revision_ = 0;
  std::vector<int64_t> symbols_;
  std::vector<int64_t> values_;
  std::vector<PortMemory> inputs_, outputs_;
  std::vector<uint64_t> buffers_;     ///< Offsets.
  std::vector<uint64_t> bufferSizes_; ///< As planned, in bytes.
  uint64_t arenaSize_ = 0, scratchSize_ = 0;
  /// Whether the last update() found room for everything; if not, the next one
  /// looks again, whatever its symbols are.
  bool isFitting_ = false;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PLANINSTANCE_H
