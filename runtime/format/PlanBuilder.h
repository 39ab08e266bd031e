//===- PlanBuilder.h - writing plan sections --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_FORMAT_PLANBUILDER_H
#define TENON_RUNTIME_FORMAT_PLANBUILDER_H

#include "runtime/Format.h"

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace tenon::format {

struct PortSpec {
  std::string name;
  DType type = DType::F32;
  std::vector<uint32_t> dims; ///< Dim nodes.
  DefaultKind defaultKind = DefaultKind::Required;
  double defaultValue = 0;
  /// The least and the greatest element allowed.
  std::optional<std::pair<int64_t, int64_t>> bounds = std::nullopt;
};

struct LaunchSpec {
  uint32_t kernel = 0;
  bool waitBefore = true;
  std::vector<Arg> args;
  std::vector<uint32_t> dims;      ///< Dim nodes.
  std::vector<LaunchShape> shapes; ///< One for each variant.
  std::string label;
  uint32_t flops = 0, bytes = 0; ///< Dim nodes.
  Products products = Products::Floats;
};

struct CheckSpec {
  uint32_t left = 0, right = 0; ///< Dim nodes.
  Relation relation = Relation::Eq;
  std::string message;
};

struct StateGroupSpec {
  uint32_t symbol = 0;
  uint32_t positions = 1; ///< Of a block.
};

struct EntrySpec {
  std::string name;
  std::vector<PortSpec> inputs, outputs;
  std::vector<Buffer> buffers;
  std::vector<LaunchSpec> launches;
  std::vector<CheckSpec> checks;
  std::vector<StateUse> states = {};
};

/// Collects a plan and lays it out as a section. Equal dims, texts and lists
/// are stored once. The same calls in the same order give the same bytes.
class PlanBuilder {
public:
  /// Returns its index, for symbolDim().
  uint32_t addSymbol(std::string name, int64_t min, int64_t max,
                     int64_t typical, bool late = false);

  // Dims: each returns a node. Operations on constants are computed here where
  // that doesn't overflow.
  uint32_t constantDim(int64_t value);
  uint32_t symbolDim(uint32_t symbol);
  uint32_t dim(DimOp op, uint32_t a, uint32_t b);
  uint32_t add(uint32_t a, uint32_t b) { return dim(DimOp::Add, a, b); }
  uint32_t mul(uint32_t a, uint32_t b) { return dim(DimOp::Mul, a, b); }
  uint32_t floorDiv(uint32_t a, uint32_t b) {
    return dim(DimOp::FloorDiv, a, b);
  }
  /// For a divisor that is a constant.
  uint32_t ceilDiv(uint32_t a, int64_t b) {
    return floorDiv(add(a, constantDim(b - 1)), constantDim(b));
  }

  /// Gives the constant its place behind those before it. Constants must be
  /// handed to the ArtifactWriter in the same order.
  uint32_t addConstant(std::string name, DType type,
                       std::vector<int64_t> shape);
  /// Gives a constant another place: one that another plan's has, with the same
  /// bytes, or one behind all of those.
  void moveConstant(uint32_t constant, uint64_t offset) {
    constants_[constant].offset = offset;
  }
  /// Best first.
  uint32_t addVariant(std::string name, std::string features);
  uint32_t addKernel(std::string name, uint32_t buffers, uint32_t dims);
  uint32_t addStateGroup(StateGroupSpec group);
  /// `shape` is that of its part of a block, see State. It is put behind those
  /// of its group that were added before.
  uint32_t addState(std::string name, DType type, uint32_t group,
                    std::vector<int64_t> shape, uint32_t axis);
  void addEntry(EntrySpec entry) { entries_.push_back(std::move(entry)); }

  /// The constants, with their offsets (multiples of constantAlignment) and
  /// sizes in bytes.
  struct ConstantPlace {
    std::string name;
    DType type;
    std::vector<int64_t> shape;
    uint64_t offset, size;
  };
  const std::vector<ConstantPlace> &constants() const { return constants_; }
  /// Bytes of all constants.
  uint64_t weightsSize() const { return weightsSize_; }

  std::string build() const;

private:
  struct Symbol {
    std::string name;
    int64_t min, max, typical;
    bool late;
  };

  uint32_t node(DimOp op, uint32_t a, uint32_t b, int64_t value);

  std::vector<Symbol> symbols_;
  std::vector<DimNode> dims_;
  std::map<std::tuple<DimOp, uint32_t, uint32_t, int64_t>, uint32_t> knownDims_;
  std::vector<ConstantPlace> constants_;
  uint64_t weightsSize_ = 0;
  std::vector<std::pair<std::string, std::string>> variants_;
  std::vector<std::tuple<std::string, uint32_t, uint32_t>> kernels_;
  struct StatePlace {
    std::string name;
    DType type;
    uint32_t group;
    uint64_t offset;
    std::vector<int64_t> shape;
    uint32_t axis;
  };

  std::vector<StateGroup> stateGroups_;
  std::vector<StatePlace> states_;
  std::vector<EntrySpec> entries_;
};

} // namespace tenon::format

#endif // TENON_RUNTIME_FORMAT_PLANBUILDER_H
