//===- PlanCheck.cpp - a plan section is what it claims to be -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Plan.h"

#include "support/Text.h"

#include <algorithm>
#include <cmath>

namespace tenon::runtime {

using namespace format;

/// Follows every reference of a plan section once, in order of dependence, so
/// that each check may rely on those before it. The first failure is kept, and
/// everything after it is skipped.
class PlanChecker {
public:
  PlanChecker(std::span<const uint8_t> section, uint64_t weightsSize,
              const std::string &path)
      : section_(section), weightsSize_(weightsSize), path_(path) {
    plan_.section_ = section;
    // Lists may be shared, so a hostile file could make this look at far more
    // than its own size; an honest one stays well below the limit.
    budget_ = 64 * section.size() + 1024 * 1024;
  }

  Result<Plan> run() {
    if (section_.size() < sizeof(format::Plan))
      return damaged("it is too short");
    const format::Plan &root = plan_.root();
    bool tables = span<Symbol>(root.symbols) && span<DimNode>(root.dims) &&
                  span<Constant>(root.constants) &&
                  span<Variant>(root.variants) && span<Kernel>(root.kernels) &&
                  span<StateGroup>(root.stateGroups) &&
                  span<State>(root.states) && span<Entry>(root.entries);
    if (tables && checkSymbols() && checkDims() && checkConstants() &&
        checkVariants() && checkKernels() && checkStates() && checkEntries())
      return std::move(plan_);
    return std::move(status_);
  }

private:
  Status damaged(std::string_view what) {
    return Status::invalid(path_, concat("is damaged: in the plan, ", what));
  }
  bool fail(std::string_view what) {
    status_ = damaged(what);
    return false;
  }

  template <typename T> bool span(Span span) {
    uint64_t bytes = uint64_t(span.count) * sizeof(T);
    if (span.offset % alignof(T) || span.offset > section_.size() ||
        bytes > section_.size() - span.offset)
      return fail("a table lies outside");
    if (bytes > budget_)
      return fail("tables are shared too often");
    budget_ -= bytes;
    return true;
  }

  bool text(Text text, bool mayBeEmpty = false) {
    if (text.offset > section_.size() ||
        text.size > section_.size() - text.offset)
      return fail("a text lies outside");
    if (text.size > budget_)
      return fail("texts are shared too often");
    budget_ -= text.size;
    std::string_view value = plan_.text(text);
    // Names go to terminals and into symbols as they are.
    if (!isUtf8(value) || printable(value, value.size()) != value)
      return fail("a text isn't printable");
    if (value.empty() && !mayBeEmpty)
      return fail("a name is empty");
    return true;
  }

  template <typename T> bool uniqueNames(std::span<const T> items) {
    std::vector<std::string_view> names;
    for (const T &item : items)
      names.push_back(plan_.text(item.name));
    std::sort(names.begin(), names.end());
    auto twice = std::adjacent_find(names.begin(), names.end());
    return twice == names.end() ||
           fail(concat("the name ", quote(*twice), " is there twice"));
  }

  bool dim(uint32_t node) {
    return node < plan_.dims().size() || fail("a dim doesn't exist");
  }
  bool dimList(Span list) {
    if (!span<uint32_t>(list))
      return false;
    for (uint32_t node : plan_.dimList(list))
      if (!dim(node))
        return false;
    return true;
  }

  bool type(DType type) {
    return type <= DType::Bool || fail("an element type is unknown");
  }

  bool checkSymbols();
  bool checkDims();
  bool checkConstants();
  bool checkVariants();
  bool checkKernels();
  bool checkStates();
  bool checkEntries();
  bool checkUses(const Entry &entry);
  bool checkPort(const Port &port);
  bool checkLaunch(const Entry &entry, const Launch &launch, uint32_t index);
  bool checkArg(const Entry &entry, const Arg &arg, uint32_t launch);
  bool checkStateArg(const Entry &entry, const Arg &arg);
  bool checkBinding(const Entry &entry);

  uint64_t symbolsOf(Span dims) {
    uint64_t symbols = 0;
    for (uint32_t node : plan_.dimList(dims))
      symbols |= plan_.dimSymbols_[node];
    return symbols;
  }

  std::span<const uint8_t> section_;
  uint64_t weightsSize_;
  const std::string &path_;
  Plan plan_;
  uint64_t budget_;
  Status status_;
};

bool PlanChecker::checkSymbols() {
  if (plan_.symbols().size() > maxSymbols)
    return fail("there are too many symbols");
  for (size_t i = 0; i < plan_.symbols().size(); ++i) {
    const Symbol &symbol = plan_.symbols()[i];
    if (!text(symbol.name))
      return false;
    if (symbol.min < 0 || symbol.min > symbol.max ||
        symbol.typical < symbol.min || symbol.typical > symbol.max)
      return fail(concat("symbol ", quote(plan_.text(symbol.name)),
                         " has impossible bounds"));
    if (symbol.late)
      plan_.lateSymbols_ |= uint64_t(1) << i;
  }
  return uniqueNames(plan_.symbols());
}

bool PlanChecker::checkDims() {
  std::span<const DimNode> dims = plan_.dims();
  plan_.dimSymbols_.resize(dims.size());
  for (uint32_t i = 0; i < dims.size(); ++i) {
    const DimNode &node = dims[i];
    uint64_t &symbols = plan_.dimSymbols_[i];
    switch (node.op) {
    case DimOp::Constant:
      break;
    case DimOp::Symbol:
      if (node.a >= plan_.symbols().size())
        return fail("a symbol doesn't exist");
      symbols = uint64_t(1) << node.a;
      break;
    case DimOp::Add:
    case DimOp::Mul:
    case DimOp::FloorDiv:
    case DimOp::Min:
    case DimOp::Max:
      if (node.a >= i || node.b >= i)
        return fail("a dim depends on a later one");
      symbols = plan_.dimSymbols_[node.a] | plan_.dimSymbols_[node.b];
      break;
    default:
      return fail("a dim's operation is unknown");
    }
  }
  return true;
}

bool PlanChecker::checkConstants() {
  for (const Constant &constant : plan_.constants()) {
    if (!text(constant.name, /*mayBeEmpty=*/true) || !type(constant.type) ||
        !span<int64_t>(constant.shape))
      return false;
    if (constant.offset % constantAlignment || constant.offset > weightsSize_ ||
        constant.size > weightsSize_ - constant.offset)
      return fail(concat("constant ", quote(plan_.text(constant.name)),
                         " lies outside the weights"));
    if (tensorBytes(constant.type, plan_.shape(constant)) != constant.size)
      return fail(concat("constant ", quote(plan_.text(constant.name)),
                         " isn't as large as its shape says"));
  }
  return true;
}

bool PlanChecker::checkVariants() {
  for (const Variant &variant : plan_.variants())
    if (!text(variant.name) || !text(variant.features, /*mayBeEmpty=*/true))
      return false;
  return uniqueNames(plan_.variants());
}

bool PlanChecker::checkKernels() {
  for (const Kernel &kernel : plan_.kernels())
    if (!text(kernel.name))
      return false;
  return uniqueNames(plan_.kernels());
}

bool PlanChecker::checkStates() {
  std::vector<bool> seen(plan_.symbols().size());
  for (const StateGroup &group : plan_.stateGroups()) {
    if (group.symbol >= plan_.symbols().size())
      return fail("a symbol doesn't exist");
    if (!plan_.symbols()[group.symbol].late || seen[group.symbol])
      return fail("a group of states has no dim of its own");
    seen[group.symbol] = true;
    // Places are counted in int64, and lists of blocks are short.
    constexpr uint64_t largestBlock = uint64_t(1) << 40;
    constexpr int64_t mostBlocks = 1 << 24;
    if (!group.positions || group.blockBytes % stateAlignment ||
        !group.blockBytes || group.blockBytes > largestBlock ||
        plan_.capacity(group) / group.positions >= mostBlocks)
      return fail("a group of states has impossible blocks");
  }
  for (const State &state : plan_.states()) {
    if (!text(state.name) || !type(state.type) || !span<int64_t>(state.shape))
      return false;
    if (state.group >= plan_.stateGroups().size())
      return fail("a group of states doesn't exist");
    const StateGroup &group = plan_.stateGroups()[state.group];
    std::span<const int64_t> shape = plan_.shape(state);
    std::optional<uint64_t> bytes = tensorBytes(state.type, shape);
    if (state.axis == 0 || state.axis >= shape.size() || shape[0] != 1 ||
        shape[state.axis] != group.positions || !bytes ||
        state.offset % stateAlignment || state.offset > group.blockBytes ||
        *bytes > group.blockBytes - state.offset)
      return fail(concat("state ", quote(plan_.text(state.name)),
                         " lies outside its blocks"));
  }
  return uniqueNames(plan_.states());
}

bool PlanChecker::checkUses(const Entry &entry) {
  std::vector<bool> seen(plan_.stateGroups().size());
  for (const StateUse &use : plan_.states(entry)) {
    if (use.group >= seen.size())
      return fail("a group of states doesn't exist");
    if (seen[use.group])
      return fail("an entry uses a group of states twice");
    seen[use.group] = true;
    if (!dim(use.rows) || !dim(use.before) || !dim(use.growth))
      return false;
  }
  return true;
}

bool PlanChecker::checkPort(const Port &port) {
  if (!text(port.name) || !type(port.type) || !dimList(port.dims))
    return false;
  if (port.defaultKind > DefaultKind::Iota)
    return fail("a default is unknown");
  if (port.defaultKind == DefaultKind::Fill && isInteger(port.type)) {
    // -2^(n-1) .. 2^(n-1) - 1; the least of the next type isn't among them.
    double limit = std::ldexp(1, int(dtypeSize(port.type)) * 8 - 1);
    if (!(port.defaultValue >= -limit && port.defaultValue < limit))
      return fail("a default doesn't fit its type");
  }
  bool isHalf = port.type == DType::F16 || port.type == DType::BF16;
  if (isHalf && (port.defaultKind == DefaultKind::Iota ||
                 (port.defaultKind == DefaultKind::Fill && port.defaultValue)))
    return fail("a default of a 16-bit type isn't 0");
  if (port.checked && (!isInteger(port.type) || port.valueMin > port.valueMax))
    return fail(concat("input ", quote(plan_.text(port.name)),
                       " has impossible bounds"));
  return true;
}

/// A group that a launch touches is one that the entry says it uses.
bool PlanChecker::checkStateArg(const Entry &entry, const Arg &arg) {
  uint32_t group = arg.index;
  if (arg.kind == ArgKind::State) {
    if (arg.index >= plan_.states().size())
      return fail("an argument doesn't exist");
    group = plan_.states()[arg.index].group;
  }
  for (const StateUse &use : plan_.states(entry))
    if (use.group == group)
      return true;
  return fail("an argument belongs to states that the entry doesn't use");
}

bool PlanChecker::checkArg(const Entry &entry, const Arg &arg,
                           uint32_t launch) {
  uint32_t count = 0;
  switch (arg.kind) {
  case ArgKind::Input:
    count = entry.inputs.count;
    break;
  case ArgKind::Output:
    count = entry.outputs.count;
    break;
  case ArgKind::Buffer:
    count = entry.buffers.count;
    break;
  case ArgKind::Constant:
    count = plan_.root().constants.count;
    break;
  case ArgKind::State:
  case ArgKind::StateBefore:
  case ArgKind::StateAfter:
    return checkStateArg(entry, arg);
  default:
    return fail("an argument's kind is unknown");
  }
  if (arg.index >= count)
    return fail("an argument doesn't exist");
  if (arg.kind != ArgKind::Buffer)
    return true;
  const Buffer &buffer = plan_.buffers(entry)[arg.index];
  return (buffer.first <= launch && launch <= buffer.last) ||
         fail("a buffer is used outside its lifetime");
}

bool PlanChecker::checkLaunch(const Entry &entry, const Launch &launch,
                              uint32_t index) {
  if (launch.kernel >= plan_.kernels().size())
    return fail("a kernel doesn't exist");
  const Kernel &kernel = plan_.kernels()[launch.kernel];
  if (!span<Arg>(launch.args) || !dimList(launch.dims) ||
      !span<LaunchShape>(launch.shapes) ||
      !text(launch.label, /*mayBeEmpty=*/true) || !dim(launch.flops) ||
      !dim(launch.bytes))
    return false;
  if (launch.products > Products::Halves)
    return fail("a launch has products of nothing known");
  if (launch.args.count != kernel.buffers || launch.dims.count != kernel.dims)
    return fail(concat("a launch of kernel ", quote(plan_.text(kernel.name)),
                       " has the wrong number of arguments"));
  if (launch.shapes.count != plan_.root().variants.count)
    return fail("a launch lacks variants");
  for (const Arg &arg : plan_.args(launch))
    if (!checkArg(entry, arg, index))
      return false;
  for (const LaunchShape &shape : plan_.shapes(launch))
    if (!dim(shape.grid) || !dim(shape.scratch))
      return false;
  return true;
}

/// Every symbol that the entry's dims depend on must be an axis of an input, or
/// the one that states of the entry grow along.
bool PlanChecker::checkBinding(const Entry &entry) {
  uint64_t bound = 0, used = 0;
  for (const Port &port : plan_.inputs(entry)) {
    used |= symbolsOf(port.dims);
    for (uint32_t node : plan_.dimList(port.dims))
      if (plan_.dims()[node].op == DimOp::Symbol)
        bound |= plan_.dimSymbols_[node];
  }
  for (const StateUse &use : plan_.states(entry)) {
    bound |= uint64_t(1) << plan_.stateGroups()[use.group].symbol;
    used |= plan_.dimSymbols_[use.rows] | plan_.dimSymbols_[use.before] |
            plan_.dimSymbols_[use.growth];
  }
  for (const Port &port : plan_.outputs(entry))
    used |= symbolsOf(port.dims);
  for (const Buffer &buffer : plan_.buffers(entry))
    used |= plan_.dimSymbols_[buffer.size];
  for (const Check &check : plan_.checks(entry))
    used |= plan_.dimSymbols_[check.left] | plan_.dimSymbols_[check.right];
  for (const Launch &launch : plan_.launches(entry)) {
    used |= symbolsOf(launch.dims) | plan_.dimSymbols_[launch.flops] |
            plan_.dimSymbols_[launch.bytes];
    for (const LaunchShape &shape : plan_.shapes(launch))
      used |= plan_.dimSymbols_[shape.grid] | plan_.dimSymbols_[shape.scratch];
  }
  if (uint64_t loose = used & ~bound) {
    Text name = plan_.symbols()[__builtin_ctzll(loose)].name;
    return fail(concat("no input of entry ", quote(plan_.text(entry.name)),
                       " binds symbol ", quote(plan_.text(name))));
  }
  plan_.entrySymbols_.push_back(used);
  return true;
}

bool PlanChecker::checkEntries() {
  for (const Entry &entry : plan_.entries()) {
    if (!text(entry.name) || !span<Port>(entry.inputs) ||
        !span<Port>(entry.outputs) || !span<Buffer>(entry.buffers) ||
        !span<Launch>(entry.launches) || !span<Check>(entry.checks) ||
        !span<StateUse>(entry.states) || !checkUses(entry))
      return false;
    for (const Port &port : plan_.inputs(entry))
      if (!checkPort(port))
        return false;
    for (const Port &port : plan_.outputs(entry))
      if (!checkPort(port))
        return false;
    if (!uniqueNames(plan_.inputs(entry)) || !uniqueNames(plan_.outputs(entry)))
      return false;
    for (const Buffer &buffer : plan_.buffers(entry)) {
      if (!dim(buffer.size))
        return false;
      if (buffer.first > buffer.last || buffer.last >= entry.launches.count)
        return fail("a buffer has an impossible lifetime");
    }
    for (const Check &check : plan_.checks(entry)) {
      if (!dim(check.left) || !dim(check.right) || !text(check.message))
        return false;
      if (check.relation > Relation::Ge)
        return fail("a check's relation is unknown");
    }
    uint32_t index = 0;
    for (const Launch &launch : plan_.launches(entry))
      if (!checkLaunch(entry, launch, index++))
        return false;
    if (!checkBinding(entry))
      return false;
  }
  return uniqueNames(plan_.entries());
}

Result<Plan> Plan::parse(std::span<const uint8_t> section, uint64_t weightsSize,
                         const std::string &path) {
  return PlanChecker(section, weightsSize, path).run();
}

} // namespace tenon::runtime
