//===- PlanBuilder.cpp - writing plan sections ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/format/PlanBuilder.h"

#include "runtime/DType.h"
#include "runtime/DimValues.h"

#include <cassert>
#include <cstring>

namespace tenon::format {

uint32_t PlanBuilder::addSymbol(std::string name, int64_t min, int64_t max,
                                int64_t typical, bool late) {
  symbols_.push_back({std::move(name), min, max, typical, late});
  assert(symbols_.size() <= maxSymbols);
  return static_cast<uint32_t>(symbols_.size() - 1);
}

uint32_t PlanBuilder::node(DimOp op, uint32_t a, uint32_t b, int64_t value) {
  auto [known, isNew] = knownDims_.try_emplace(
      {op, a, b, value}, static_cast<uint32_t>(dims_.size()));
  if (isNew)
    dims_.push_back({op, a, b, 0, value});
  return known->second;
}

uint32_t PlanBuilder::constantDim(int64_t value) {
  return node(DimOp::Constant, 0, 0, value);
}

uint32_t PlanBuilder::symbolDim(uint32_t symbol) {
  return node(DimOp::Symbol, symbol, 0, 0);
}

uint32_t PlanBuilder::dim(DimOp op, uint32_t a, uint32_t b) {
  if (dims_[a].op == DimOp::Constant && dims_[b].op == DimOp::Constant) {
    DimNode nodes[] = {dims_[a], dims_[b], {op, 0, 1, 0, 0}};
    int64_t values[3];
    runtime::evaluateDims(nodes, {}, values);
    if (values[2] != runtime::unknownDim)
      return constantDim(values[2]);
  }
  return node(op, a, b, 0);
}

uint32_t PlanBuilder::addConstant(std::string name, DType type,
                                  std::vector<int64_t> shape) {
  std::optional<uint64_t> size = runtime::tensorBytes(type, shape);
  assert(size && "a constant must fit into memory");
  uint64_t offset = (weightsSize_ + constantAlignment - 1) / constantAlignment *
                    constantAlignment;
  constants_.push_back(
      {std::move(name), type, std::move(shape), offset, *size});
  weightsSize_ = offset + *size;
  return static_cast<uint32_t>(constants_.size() - 1);
}

uint32_t PlanBuilder::addVariant(std::string name, std::string features) {
  variants_.emplace_back(std::move(name), std::move(features));
  return static_cast<uint32_t>(variants_.size() - 1);
}

uint32_t PlanBuilder::addKernel(std::string name, uint32_t buffers,
                                uint32_t dims) {
  kernels_.emplace_back(std::move(name), buffers, dims);
  return static_cast<uint32_t>(kernels_.size() - 1);
}

uint32_t PlanBuilder::addStateGroup(StateGroupSpec group) {
  stateGroups_.push_back({group.symbol, group.positions, 0});
  return static_cast<uint32_t>(stateGroups_.size() - 1);
}

uint32_t PlanBuilder::addState(std::string name, DType type, uint32_t group,
                               std::vector<int64_t> shape, uint32_t axis) {
  std::optional<uint64_t> size = runtime::tensorBytes(type, shape);
  assert(size && "a block must fit into memory");
  uint64_t &bytes = stateGroups_[group].blockBytes;
  states_.push_back(
      {std::move(name), type, group, bytes, std::move(shape), axis});
  bytes += (*size + stateAlignment - 1) / stateAlignment * stateAlignment;
  return static_cast<uint32_t>(states_.size() - 1);
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

namespace {

/// The bytes of a section as it grows: lists behind each other, each aligned,
/// equal ones once.
class SectionBytes {
public:
  SectionBytes() : bytes_(sizeof(Plan), '\0') {}

  template <typename T> Span list(const std::vector<T> &items) {
    std::string_view data(reinterpret_cast<const char *>(items.data()),
                          items.size() * sizeof(T));
    return {place(data, alignof(T)), static_cast<uint32_t>(items.size())};
  }

  Text text(std::string_view value) {
    return {place(value, 1), static_cast<uint32_t>(value.size())};
  }

  std::string finish(const Plan &root) {
    std::memcpy(bytes_.data(), &root, sizeof(root));
    return std::move(bytes_);
  }

private:
  uint32_t place(std::string_view data, size_t alignment) {
    auto [known, isNew] = known_.try_emplace({std::string(data), alignment}, 0);
    if (isNew) {
      bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
      known->second = static_cast<uint32_t>(bytes_.size());
      bytes_ += data;
      assert(bytes_.size() <= UINT32_MAX);
    }
    return known->second;
  }

  std::string bytes_;
  std::map<std::pair<std::string, size_t>, uint32_t> known_;
};

Span placePorts(SectionBytes &section, const std::vector<PortSpec> &specs) {
  std::vector<Port> ports;
  for (const PortSpec &spec : specs) {
    Port port{};
    port.name = section.text(spec.name);
    port.type = spec.type;
    port.defaultKind = spec.defaultKind;
    port.defaultValue = spec.defaultValue;
    port.dims = section.list(spec.dims);
    if (spec.bounds) {
      port.checked = 1;
      std::tie(port.valueMin, port.valueMax) = *spec.bounds;
    }
    ports.push_back(port);
  }
  return section.list(ports);
}

Span placeLaunches(SectionBytes &section,
                   const std::vector<LaunchSpec> &specs) {
  std::vector<Launch> launches;
  for (const LaunchSpec &spec : specs)
    launches.push_back({spec.kernel, spec.waitBefore, section.list(spec.args),
                        section.list(spec.dims), section.list(spec.shapes),
                        section.text(spec.label), spec.flops, spec.bytes,
                        spec.products});
  return section.list(launches);
}

} // namespace

std::string PlanBuilder::build() const {
  SectionBytes section;
  Plan root{};
  std::vector<format::Symbol> symbols;
  for (const Symbol &symbol : symbols_)
    symbols.push_back({section.text(symbol.name), symbol.min, symbol.max,
                       symbol.typical, symbol.late, 0});
  root.symbols = section.list(symbols);
  root.dims = section.list(dims_);
  std::vector<Constant> constants;
  for (const ConstantPlace &constant : constants_)
    constants.push_back({section.text(constant.name), constant.offset,
                         constant.size, constant.type, 0,
                         section.list(constant.shape)});
  root.constants = section.list(constants);
  std::vector<Variant> variants;
  for (const auto &[name, features] : variants_)
    variants.push_back({section.text(name), section.text(features)});
  root.variants = section.list(variants);
  std::vector<Kernel> kernels;
  for (const auto &[name, buffers, dims] : kernels_)
    kernels.push_back({section.text(name), buffers, dims});
  root.kernels = section.list(kernels);

  root.stateGroups = section.list(stateGroups_);
  std::vector<State> states;
  for (const StatePlace &state : states_)
    states.push_back({section.text(state.name), state.type, state.group,
                      state.offset, section.list(state.shape), state.axis, 0});
  root.states = section.list(states);

  std::vector<Entry> entries;
  for (const EntrySpec &spec : entries_) {
    Entry entry{};
    entry.name = section.text(spec.name);
    entry.inputs = placePorts(section, spec.inputs);
    entry.outputs = placePorts(section, spec.outputs);
    entry.buffers = section.list(spec.buffers);
    entry.launches = placeLaunches(section, spec.launches);
    std::vector<Check> checks;
    for (const CheckSpec &check : spec.checks)
      checks.push_back({check.left, check.right, check.relation, 0,
                        section.text(check.message)});
    entry.checks = section.list(checks);
    entry.states = section.list(spec.states);
    entries.push_back(entry);
  }
  root.entries = section.list(entries);
  return section.finish(root);
}

} // namespace tenon::format
