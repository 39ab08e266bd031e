//===- Finish.cpp - what the conversion to SPIR-V leaves unsaid -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/compile/Passes.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_FINISH
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace mlir;

/// The conversion gives a loop's results through variables that its body stores
/// to. If the body never runs, they are what the loop began with.
static void storeInitialValues(spirv::LoopOp loop) {
  auto enter = dyn_cast<spirv::BranchOp>(loop.getEntryBlock()->getTerminator());
  auto repeat =
      dyn_cast<spirv::BranchOp>(loop.getContinueBlock()->getTerminator());
  if (!enter || !repeat)
    return;
  OpBuilder builder(loop);
  // The first value is the counter.
  unsigned next = 1;
  for (auto store : loop.getContinueBlock()->getOps<spirv::StoreOp>()) {
    if (!store.getPtr().getDefiningOp<spirv::VariableOp>() ||
        next >= repeat->getNumOperands() ||
        store.getValue() != repeat->getOperand(next))
      continue;
    spirv::StoreOp::create(builder, loop.getLoc(), store.getPtr(),
                           enter->getOperand(next++));
  }
}

namespace {
struct Finish : tenon::vulkan::impl::FinishBase<Finish> {
  using FinishBase::FinishBase;

  void runOnOperation() override {
    spirv::ModuleOp module = getOperation();
    UnitAttr mark = UnitAttr::get(&getContext());
    auto nameOf = [](spirv::Decoration decoration) {
      return llvm::convertToSnakeFromCamelCase(
          spirv::stringifyDecoration(decoration));
    };

    std::string set = nameOf(spirv::Decoration::DescriptorSet);
    std::string binding = nameOf(spirv::Decoration::Binding);
    llvm::MapVector<Attribute, SmallVector<spirv::GlobalVariableOp>> bound;
    for (auto variable : module.getOps<spirv::GlobalVariableOp>()) {
      auto type = cast<spirv::PointerType>(variable.getType());
      if (type.getStorageClass() == spirv::StorageClass::PushConstant) {
        variable->removeAttr(set);
        variable->removeAttr(binding);
      } else if (Attribute place = variable->getAttr(binding)) {
        bound[place].push_back(variable);
      }
    }
    // Else a driver may take it that a write through one isn't seen by the
    // other.
    for (auto &[place, variables] : bound)
      if (variables.size() > 1)
        for (spirv::GlobalVariableOp variable : variables)
          variable->setAttr(nameOf(spirv::Decoration::Aliased), mark);

    module.walk(storeInitialValues);
    module.walk([&](Operation *op) {
      if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp, spirv::FDivOp,
              spirv::FNegateOp, spirv::VectorTimesScalarOp>(op))
        op->setAttr(nameOf(spirv::Decoration::NoContraction), mark);
    });
  }
};
} // namespace
