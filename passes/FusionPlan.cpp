//===- FusionPlan.cpp - which ops become one kernel -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPlan.h"

#include "dialect/Types.h"
#include "passes/Weights.h"

using namespace tenon;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Bookkeeping
//===----------------------------------------------------------------------===//

bool FusionPlan::isFusible(Operation *op) { return isa<FusionOpInterface>(op); }

std::optional<unsigned> FusionPlan::ownerOf(Operation *op) const {
  auto it = owner.find(op);
  return it == owner.end() ? std::nullopt : std::optional(it->second);
}

unsigned FusionPlan::found(Operation *op, FusionKind kind) {
  unsigned id = groups.size();
  groups.push_back({kind, op, {}, {}, {}, false});
  groups.back().ops.insert(op);
  owner[op] = id;
  FusionRecord record{op,           id,
                      std::nullopt, getConstantDim(op->getContext(), 0),
                      std::nullopt, ""};
  if (auto it = misses.find(op); it != misses.end()) {
    record.missed = it->second.first;
    record.reason = it->second.second;
  }
  records.push_back(std::move(record));
  return id;
}

void FusionPlan::own(unsigned group, Operation *op, FusionRule rule,
                     DimAttr bytes) {
  owner[op] = group;
  clone(group, op, rule, bytes);
}

void FusionPlan::clone(unsigned group, Operation *op, FusionRule rule,
                       DimAttr bytes) {
  groups[group].ops.insert(op);
  records.push_back({op, group, rule, bytes, std::nullopt, ""});
}

void FusionPlan::miss(Operation *op, FusionRule rule, std::string reason) {
  // The first reason is the one that mattered.
  misses.try_emplace(op, rule, std::move(reason));
}

bool FusionPlan::allowed(FusionRule rule, Operation *op) {
  std::string reason;
  if (policy.allows(rule, opId(op), reason))
    return true;
  miss(op, rule, reason);
  return false;
}

bool FusionPlan::dependsOn(Value value, unsigned group) const {
  SmallPtrSet<Operation *, 16> seen;
  SmallVector<Value> worklist{value};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second)
      continue;
    auto id = ownerOf(op);
    if (id == group)
      return true;
    llvm::append_range(worklist, op->getOperands());
    // A value is ready only when all of its kernel has run.
    if (id)
      for (Operation *mate : groups[*id].ops)
        llvm::append_range(worklist, mate->getOperands());
  }
  return false;
}

bool FusionPlan::allUsersIn(Operation *op, unsigned group) const {
  return llvm::all_of(op->getUsers(), [&](Operation *user) {
    if (!groups[group].ops.contains(user))
      return false;
    // A clone of the user elsewhere needs the op there, owned or not.
    for (const FusionGroup &other : groups)
      if (&other != &groups[group] && other.ops.contains(user) &&
          !other.ops.contains(op))
        return false;
    // A clone may be cloned into further groups, where its users are.
    auto id = ownerOf(user);
    return id ? *id == group : allUsersIn(user, group);
  });
}

bool FusionPlan::isNeeded(Operation *op) const {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    if (!isFusible(user))
      return true;
    // A user that lives only as a clone takes this op along.
    bool takenAlong = true, used = false;
    for (const FusionGroup &group : groups)
      if (group.ops.contains(user)) {
        used = true;
        takenAlong &= group.ops.contains(op);
      }
    return used && !takenAlong;
  });
}

int64_t FusionPlan::recomputeCost(Operation *op) const {
  constexpr int64_t never = 1 << 20;
  if (isDiscrete(op))
    return never;
  switch (kindOf(op)) {
  case FusionKind::Source:
    return 0;
  case FusionKind::Movement:
  case FusionKind::Elementwise:
    break;
  default:
    return never;
  }
  int64_t cost = cast<FusionOpInterface>(op).getElementCost();
  for (Value operand : op->getOperands())
    if (Operation *producer = operand.getDefiningOp();
        producer && isFusible(producer) && !ownerOf(producer))
      cost = std::min(never, cost + recomputeCost(producer));
  return cost;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

void FusionPlan::build() {
  // In program order, an op joins the kernel that makes its operand, or founds
  // one of its own if it is an anchor.
  for (Operation &op : function.getBody().front()) {
    if (!isFusible(&op))
      continue;
    switch (kindOf(&op)) {
    case FusionKind::Contraction:
    case FusionKind::Attention:
      found(&op, kindOf(&op));
      break;
    case FusionKind::Row:
      if (!tryRowChain(&op))
        foundRows(&op);
      break;
    case FusionKind::Elementwise:
    case FusionKind::Movement:
      tryEpilogue(&op);
      break;
    case FusionKind::Source:
    case FusionKind::Indexed:
    case FusionKind::Update:
      break;
    }
  }
  // Kernels that come last first: a chain that two could take goes to the one
  // that needs it.
  for (unsigned group = groups.size(); group-- > 0;)
    absorbProducers(group);
  groupRest();
}

/// Whether `value` and the result of `op` have one element each for each other.
static bool sameElements(Value value, Operation *op) {
  return getDims(value) == getDims(op->getResult(0));
}

/// Whether an element of `op` reads `operand` in its own row only: where the
/// operand lacks reduced axes, broadcasting must not put kept ones in their
/// place.
static bool staysInRow(Value operand, Operation *op, const FusionGroup &group) {
  SmallVector<DimAttr> own = getDims(operand), dims = getDims(op->getResult(0));
  if (own == dims)
    return true;
  if (dims != ArrayRef<DimAttr>(group.space))
    return false;
  size_t missing = dims.size() - own.size();
  return llvm::all_of(group.axes, [&](int64_t axis) {
    size_t place = static_cast<size_t>(axis);
    return place < missing || own[place - missing].isConstant(1);
  });
}

bool FusionPlan::tryEpilogue(Operation *op) {
  bool isMovement = kindOf(op) == FusionKind::Movement;
  FusionRule rule = isMovement ? FusionRule::StoreView : FusionRule::Epilogue;
  // The operand that is computed last decides where the op could go.
  Operation *producer = nullptr;
  for (Value operand : op->getOperands()) {
    Operation *candidate = operand.getDefiningOp();
    if (candidate && ownerOf(candidate) &&
        (!producer || producer->isBeforeInBlock(candidate)))
      producer = candidate;
  }
  if (!producer)
    return false;
  unsigned id = *ownerOf(producer);
  FusionGroup &group = groups[id];
  if (!allowed(rule, op))
    return false;
  Value value = producer->getResult(0);
  bool single = llvm::all_of(value.getUsers(),
                             [&](Operation *user) { return user == op; });
  // A row kernel may use a value several times, and return it besides.
  if (!single && group.kind != FusionKind::Row) {
    miss(op, rule, "its operand " + opId(producer) + " has other users");
    return false;
  }
  if (group.closed) {
    miss(op, rule,
         "the kernel of " + opId(producer) + " ends in another shape");
    return false;
  }
  if (isMovement) {
    // Only movement that says where each element goes can be a store map; and a
    // slice drops elements that were dear to compute.
    if (!isa<StoreMapOpInterface>(op) || isa<SliceOp>(op)) {
      miss(op, rule, "it isn't a one-to-one movement");
      return false;
    }
    if (group.kind == FusionKind::Row)
      group.closed = true;
  } else if (!sameElements(value, op) &&
             !(group.kind == FusionKind::Row &&
               getDims(op->getResult(0)) == ArrayRef<DimAttr>(group.space))) {
    miss(op, rule, "it has another shape than " + opId(producer));
    return false;
  } else if (!llvm::all_of(op->getOperands(), [&](Value operand) {
               return ownerOf(operand.getDefiningOp()) != id ||
                      staysInRow(operand, op, group);
             })) {
    miss(op, rule, "it combines different rows of " + opId(producer));
    return false;
  }
  for (Value operand : op->getOperands())
    if (ownerOf(operand.getDefiningOp()) != id && dependsOn(operand, id)) {
      miss(op, rule, "another operand needs this kernel's result first");
      return false;
    }
  // Nothing writes the operand and nothing reads it, unless others need it.
  own(id, op, rule, bytesOf(value.getType()) * (single ? 2 : 1));
  return true;
}

void FusionPlan::groupRest() {
  SmallVector<Operation *> ops;
  for (Operation &op : function.getBody().front())
    if (isFusible(&op))
      ops.push_back(&op);
  for (Operation *op : llvm::reverse(ops)) {
    if (ownerOf(op) || !isNeeded(op))
      continue;
    unsigned id = found(op, FusionKind::Elementwise);
    std::string reason;
    if (policy.allows(FusionRule::Pointwise, opId(op), reason))
      absorbProducers(id);
  }
}
