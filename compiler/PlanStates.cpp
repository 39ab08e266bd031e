//===- PlanStates.cpp - states in a plan ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// States are grouped by the dim that they grow along, and get places in the
// blocks of their group in the order of their declaration. A kernel that
// changes a state works in its memory: the state's values in an entry differ
// only in how many positions its rows hold.
//
//===----------------------------------------------------------------------===//

#include "compiler/PlanWriterImpl.h"

#include <map>

using namespace tenon;
using namespace tenon::detail;
using namespace tenon::format;
using namespace mlir;

Status PlanWriter::writeState(StateType type, StringRef name) {
  DimAttr grows = getDims(type)[type.getAxis()];
  if (stateNumbers.count(name) || !grows.isSymbol())
    return Status::ok();
  auto [group, isNew] = groups.try_emplace(grows, groups.size());
  // All kernels have been given the same size of blocks.
  int64_t positions = 0;
  for (auto kernel : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < kernel.getNumArguments(); ++i)
      if (auto block = kernel.getArgAttrOfType<IntegerAttr>(i, "tenon.block"))
        positions = block.getInt();
  if (!positions)
    return Status::ok(); // No kernel touches any.
  if (isNew)
    out.plan.addStateGroup({symbols.at(grows.getName().getValue()),
                            static_cast<uint32_t>(positions)});
  std::vector<int64_t> shape;
  for (DimAttr dim : getDims(type))
    shape.push_back(dim.isConstant() ? dim.getValue() : 1);
  shape[type.getAxis()] = positions;
  TENON_ASSIGN_OR_RETURN(DType dtype, dtypeOf(getElementType(type)));
  stateNumbers[name] = out.plan.addState(name.str(), dtype, group->second,
                                         std::move(shape), type.getAxis());
  states.push_back({name.str(), type, group->second});
  return Status::ok();
}

/// `tenon.name` of a state that an entry takes.
static StringRef stateName(BlockArgument argument) {
  auto entry = cast<func::FuncOp>(argument.getOwner()->getParentOp());
  auto name =
      entry.getArgAttrOfType<StringAttr>(argument.getArgNumber(), "tenon.name");
  return name ? name.getValue() : StringRef("state");
}

Status PlanWriter::writeStates() {
  auto forEach = [&](auto visit) -> Status {
    for (auto entry : module.getOps<func::FuncOp>()) {
      if (!entry->hasAttr("tenon.entry"))
        continue;
      for (BlockArgument argument : entry.getArguments())
        if (auto type = dyn_cast<StateType>(argument.getType()))
          TENON_RETURN_IF_ERROR(visit(argument, type));
    }
    return Status::ok();
  };
  // An entry may call the length of its states by a number: it is another one
  // that says which dim that is.
  TENON_RETURN_IF_ERROR(forEach([&](BlockArgument argument, StateType type) {
    return writeState(type, stateName(argument));
  }));
  return forEach([&](BlockArgument argument, StateType) {
    if (stateNumbers.count(stateName(argument)) || argument.use_empty())
      return Status::ok();
    return Status::invalid(stateName(argument).str(),
                           "no entry takes this state at any length");
  });
}

Status PlanWriter::useStates(func::FuncOp entry, EntrySpec &spec) {
  stateValues.clear();
  Operation *yield = entry.getBody().front().getTerminator();
  std::map<uint32_t, std::vector<bool>> grown; // By group: states that grow.
  for (BlockArgument argument : entry.getArguments()) {
    auto type = dyn_cast<StateType>(argument.getType());
    if (!type || argument.use_empty())
      continue;
    StringRef name = stateName(argument);
    uint32_t number = stateNumbers.at(name);
    stateValues[argument] = {number, false};
    uint32_t group = states[number].group;
    StateUse use{group,
                 node(getDims(type)[0]),
                 node(getDims(type)[type.getAxis()]),
                 node(getConstantDim(type.getContext(), 0)),
                 0,
                 0};
    for (auto [i, value] : llvm::enumerate(yield->getOperands())) {
      auto result = dyn_cast<StateType>(value.getType());
      auto given = entry.getResultAttrOfType<StringAttr>(i, "tenon.name");
      if (!result || !given || given.getValue() != name)
        continue;
      DimAttr after = getDims(result)[result.getAxis()];
      use.replaces = result.getKind() == StateKind::Fixed;
      use.growth =
          node(use.replaces ? after : after - getDims(type)[type.getAxis()]);
      grown[group].resize(states.size());
      grown[group][number] = true;
    }
    auto known = llvm::find_if(
        spec.states, [&](const StateUse &u) { return u.group == group; });
    if (known == spec.states.end())
      spec.states.push_back(use);
    else if (known->rows != use.rows)
      return Status::invalid(name.str(),
                             "has other rows than what grows with it");
    else if (grown.count(group) && grown[group][number])
      *known = use;
  }
  for (auto &[group, which] : grown)
    for (auto [number, state] : llvm::enumerate(states))
      if (state.group == group && !which[number])
        return Status::invalid(
            state.name, "entry '" + spec.name +
                            "' leaves it as it is, but puts something into "
                            "states that grow along the same dim");
  return Status::ok();
}

/// The op that makes a kernel's result, if that is a state.
static StateUpdateOpInterface updateOf(func::FuncOp kernel, unsigned output) {
  Operation *yield = kernel.getBody().front().getTerminator();
  return yield->getOperand(output).getDefiningOp<StateUpdateOpInterface>();
}

Status PlanWriter::pushState(LaunchOp launch, func::FuncOp kernel,
                             unsigned input, std::vector<Arg> &args) {
  StateValue value = stateValues.at(launch.getInputs()[input]);
  bool after = value.after;
  // What replaces the contents goes where they will be.
  for (unsigned i = 0; i < kernel.getNumResults(); ++i)
    if (auto update = updateOf(kernel, i))
      after |= update.replacesContents() &&
               update.getUpdatedState() == kernel.getArgument(input);
  args.push_back({ArgKind::State, value.state});
  args.push_back({after ? ArgKind::StateAfter : ArgKind::StateBefore,
                  states[value.state].group});
  return Status::ok();
}

Status PlanWriter::updateState(LaunchOp launch, func::FuncOp kernel,
                               unsigned output) {
  StateUpdateOpInterface update = updateOf(kernel, output);
  auto argument = update ? dyn_cast<BlockArgument>(update.getUpdatedState())
                         : BlockArgument();
  if (!argument)
    return Status::internal(kernel.getName().str(),
                            "returns a state that it doesn't change");
  Value before = launch.getInputs()[argument.getArgNumber()];
  StateValue value = stateValues.at(before);
  const std::string &name = states[value.state].name;
  auto changes = [](Operation *user) {
    auto launch = dyn_cast<LaunchOp>(user);
    return launch &&
           llvm::any_of(launch->getResultTypes(), llvm::IsaPred<StateType>);
  };
  if (value.after || llvm::count_if(before.getUsers(), changes) > 1)
    return Status::invalid(name, "an entry can put something into a state "
                                 "once only");
  if (update.replacesContents() && !before.hasOneUse())
    return Status::invalid(name, "is replaced by an entry that reads what it "
                                 "held before");
  stateValues[launch.getOutputs()[output]] = {value.state, true};
  return Status::ok();
}
