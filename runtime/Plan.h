//===- Plan.h - the launch plans of an artifact -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A view of a plan section (see Format.h), checked from end to end when it is
// made: afterwards every index and every span in it may be followed blindly.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_PLAN_H
#define TENON_RUNTIME_PLAN_H

#include "runtime/DType.h"
#include "runtime/Format.h"

#include "support/Status.h"

#include <span>
#include <string>
#include <vector>

namespace tenon::runtime {

class Plan {
public:
  Plan() = default;

  /// `section` must stay in memory, and start at a multiple of 8. Constants
  /// must lie in `weightsSize` bytes. Errors are at `path`.
  static Result<Plan> parse(std::span<const uint8_t> section,
                            uint64_t weightsSize, const std::string &path);

  std::span<const format::Symbol> symbols() const {
    return get<format::Symbol>(root().symbols);
  }
  std::span<const format::DimNode> dims() const {
    return get<format::DimNode>(root().dims);
  }
  std::span<const format::Constant> constants() const {
    return get<format::Constant>(root().constants);
  }
  std::span<const format::Variant> variants() const {
    return get<format::Variant>(root().variants);
  }
  std::span<const format::Kernel> kernels() const {
    return get<format::Kernel>(root().kernels);
  }
  std::span<const format::StateGroup> stateGroups() const {
    return get<format::StateGroup>(root().stateGroups);
  }
  std::span<const format::State> states() const {
    return get<format::State>(root().states);
  }
  std::span<const format::Entry> entries() const {
    return get<format::Entry>(root().entries);
  }

  std::span<const format::Port> inputs(const format::Entry &entry) const {
    return get<format::Port>(entry.inputs);
  }
  std::span<const format::Port> outputs(const format::Entry &entry) const {
    return get<format::Port>(entry.outputs);
  }
  std::span<const format::Buffer> buffers(const format::Entry &entry) const {
    return get<format::Buffer>(entry.buffers);
  }
  std::span<const format::Launch> launches(const format::Entry &entry) const {
    return get<format::Launch>(entry.launches);
  }
  std::span<const format::Check> checks(const format::Entry &entry) const {
    return get<format::Check>(entry.checks);
  }
  std::span<const format::StateUse> states(const format::Entry &entry) const {
    return get<format::StateUse>(entry.states);
  }
  /// Of the state's part of a block.
  std::span<const int64_t> shape(const format::State &state) const {
    return get<int64_t>(state.shape);
  }
  /// Dim nodes of a port's axes or of a launch's integers.
  std::span<const uint32_t> dimList(format::Span span) const {
    return get<uint32_t>(span);
  }
  std::span<const int64_t> shape(const format::Constant &constant) const {
    return get<int64_t>(constant.shape);
  }
  std::span<const format::Arg> args(const format::Launch &launch) const {
    return get<format::Arg>(launch.args);
  }
  /// One for each variant.
  std::span<const format::LaunchShape>
  shapes(const format::Launch &launch) const {
    return get<format::LaunchShape>(launch.shapes);
  }

  std::string_view text(format::Text text) const {
    return {reinterpret_cast<const char *>(section_.data()) + text.offset,
            text.size};
  }

  /// The index of an entry; no value if there is none of this name.
  std::optional<uint32_t> findEntry(std::string_view name) const;
  std::vector<std::string> entryNames() const;

  /// The symbols that a dim depends on, a bit each.
  uint64_t symbolsOf(uint32_t dim) const { return dimSymbols_[dim]; }
  /// Those that the dims of an entry depend on; its inputs and states bind them
  /// all.
  uint64_t symbolsOfEntry(uint32_t entry) const { return entrySymbols_[entry]; }
  /// The late ones of all symbols.
  uint64_t lateSymbols() const { return lateSymbols_; }

  /// The most positions that a row of a group can hold.
  int64_t capacity(const format::StateGroup &group) const {
    return symbols()[group.symbol].max;
  }

  /// A dim as people write it: `B*S + 2`.
  std::string dimText(uint32_t dim) const;
  /// `[B, S, 768]`.
  std::string dimsText(format::Span dims) const;

private:
  friend class PlanChecker;

  const format::Plan &root() const {
    return *reinterpret_cast<const format::Plan *>(section_.data());
  }
  template <typename T> std::span<const T> get(format::Span span) const {
    return {reinterpret_cast<const T *>(section_.data() + span.offset),
            span.count};
  }

  std::span<const uint8_t> section_;
  std::vector<uint64_t> dimSymbols_;
  std::vector<uint64_t> entrySymbols_;
  uint64_t lateSymbols_ = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_PLAN_H
