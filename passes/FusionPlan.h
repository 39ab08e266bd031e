//===- FusionPlan.h - which ops become one kernel ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_FUSIONPLAN_H
#define TENON_PASSES_FUSIONPLAN_H

#include "dialect/Dims.h"
#include "dialect/TenonOps.h"
#include "passes/FusionPolicy.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace tenon {

/// What became of one op in one kernel, and why.
struct FusionRecord {
  mlir::Operation *op;
  unsigned group;
  /// The rule that put it there; nothing for an op that founded its kernel.
  std::optional<FusionRule> rule;
  /// Traffic spared: bytes that are neither written nor read back.
  DimAttr bytes;
  /// For a founder: the rule that came closest, and why it didn't apply.
  std::optional<FusionRule> missed;
  std::string reason;
};

/// A kernel to be.
struct FusionGroup {
  FusionKind kind; ///< Contraction, Attention, Row, or Elementwise.
  mlir::Operation *anchor;
  /// Ops that live here, in no order; a cloned op may live elsewhere too.
  llvm::SetVector<mlir::Operation *> ops;
  /// For rows: the shape that is reduced and the axes that are.
  llvm::SmallVector<DimAttr> space;
  llvm::SmallVector<int64_t> axes;
  /// A store view ends a row kernel: what follows it has another shape.
  bool closed = false;
};

class FusionPlan {
public:
  FusionPlan(mlir::func::FuncOp function, const FusionPolicy &policy)
      : function(function), policy(policy) {}

  /// Assigns every op of the function to groups.
  void build();

  std::vector<FusionGroup> groups;
  std::vector<FusionRecord> records;

  /// The group that makes an op's value for others, if one does.
  std::optional<unsigned> ownerOf(mlir::Operation *op) const;
  /// Whether an op takes part in fusion (is not a reference or a terminator).
  static bool isFusible(mlir::Operation *op);

private:
  void foundRows(mlir::Operation *op);
  void absorbProducers(unsigned group);
  void groupRest();

  bool tryEpilogue(mlir::Operation *op);
  bool tryRowChain(mlir::Operation *op);
  bool tryProducer(unsigned group, mlir::Operation *user, unsigned operand,
                   mlir::Operation *producer);

  unsigned found(mlir::Operation *op, FusionKind kind);
  void own(unsigned group, mlir::Operation *op, FusionRule rule, DimAttr bytes);
  void clone(unsigned group, mlir::Operation *op, FusionRule rule,
             DimAttr bytes);
  bool allowed(FusionRule rule, mlir::Operation *op);
  void miss(mlir::Operation *op, FusionRule rule, std::string reason);

  /// Whether `value` is computed from what `group` makes.
  bool dependsOn(mlir::Value value, unsigned group) const;
  /// Whether nothing but `group` needs an op's value.
  bool allUsersIn(mlir::Operation *op, unsigned group) const;
  bool isNeeded(mlir::Operation *op) const;
  int64_t recomputeCost(mlir::Operation *op) const;

  mlir::func::FuncOp function;
  const FusionPolicy &policy;
  llvm::DenseMap<mlir::Operation *, unsigned> owner;
  /// Why an op that founds a kernel was not taken into another.
  llvm::DenseMap<mlir::Operation *, std::pair<FusionRule, std::string>> misses;
};

/// The stable id of an op: the name in its location.
std::string opId(mlir::Operation *op);

/// The bytes of a tensor.
DimAttr bytesOf(mlir::Type type);

FusionKind kindOf(mlir::Operation *op);

/// Whether an op turns floats into discrete values: computing it twice, in
/// different vector widths, could decide differently.
bool isDiscrete(mlir::Operation *op);

/// Whether reading through a movement op maps consecutive indices to places at
/// equal distances, so that it costs nothing.
bool isStridedView(mlir::Operation *op);

} // namespace tenon

#endif // TENON_PASSES_FUSIONPLAN_H
