//===- TunePanels.cpp - kernels that read other panels --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/TuningRecords.h"
#include "compiler/PassRunner.h"
#include "compiler/TuneTrial.h"
#include "dialect/Types.h"
#include "support/Text.h"

using namespace tenon;
using namespace mlir;

/// The product of a kernel whose right side is packed and an argument.
static MatmulOp packedProduct(func::FuncOp kernel) {
  for (auto op : kernel.getOps<MatmulOp>())
    if (op.getColumns() && isa<BlockArgument>(op.getRhs()))
      return op;
  return {};
}

static unsigned panelsArgument(func::FuncOp kernel) {
  return cast<BlockArgument>(packedProduct(kernel).getRhs()).getArgNumber();
}

/// What packs a global's matrix.
static PackOp packOf(GlobalOp global) {
  if (!global)
    return {};
  return global.getBody()
      .front()
      .getTerminator()
      ->getOperand(0)
      .getDefiningOp<PackOp>();
}

/// The global that a launch hands to its kernel as panels.
static GlobalOp panelsOf(LaunchOp launch, func::FuncOp kernel,
                         ModuleOp module) {
  auto ref =
      launch.getOperands()[panelsArgument(kernel)].getDefiningOp<GlobalRefOp>();
  return ref ? module.lookupSymbol<GlobalOp>(ref.getGlobal()) : GlobalOp();
}

std::optional<int64_t> TuneTrial::panelWidthOf(func::FuncOp kernel) const {
  if (!packedProduct(kernel))
    return std::nullopt;
  std::optional<int64_t> width;
  for (func::FuncOp entry : entries())
    for (auto launch : entry.getBody().getOps<LaunchOp>()) {
      if (launch.getKernel() != kernel.getName())
        continue;
      auto pack = packOf(panelsOf(launch, kernel, compilation->module()));
      if (!pack)
        return std::nullopt;
      width = pack.getWidth();
    }
  return width;
}

static RankedTensorType panelsType(RankedTensorType type, int64_t columns,
                                   int64_t width) {
  MLIRContext *context = type.getContext();
  SmallVector<DimAttr> dims = getDims(type);
  dims[0] = getConstantDim(context, (columns + width - 1) / width);
  dims[2] = getConstantDim(context, width);
  return getTensorType(context, dims, type.getElementType());
}

OwningOpRef<func::FuncOp> TuneTrial::withPanels(func::FuncOp kernel,
                                                int64_t width) {
  OwningOpRef<func::FuncOp> copy = kernel.clone();
  MatmulOp op = packedProduct(*copy);
  Value panels = op.getRhs();
  auto type = panelsType(cast<RankedTensorType>(panels.getType()),
                         *op.getColumns(), width);
  panels.setType(type);
  SmallVector<Type> inputs = llvm::to_vector(copy->getArgumentTypes());
  inputs[panelsArgument(*copy)] = type;
  copy->setFunctionType(
      FunctionType::get(copy->getContext(), inputs, copy->getResultTypes()));
  return copy;
}

/// Makes a launch run the chosen kernel, on panels that it can read.
void TuneTrial::relaunch(LaunchOp launch, func::FuncOp kernel,
                         const KernelChoice &choice, ModuleOp module) {
  if (choice.panelWidth) {
    GlobalOp global = panelsOf(launch, kernel, module);
    std::string name =
        concat(global.getSymName().str(), "_w_", choice.panelWidth);
    auto other = module.lookupSymbol<GlobalOp>(name);
    if (!other) {
      other = global.clone();
      other.setSymName(name);
      PackOp pack = packOf(other);
      auto type =
          panelsType(cast<RankedTensorType>(global.getType()),
                     *packedProduct(kernel).getColumns(), choice.panelWidth);
      pack.setWidth(choice.panelWidth);
      pack.getResult().setType(type);
      other.setTypeAttr(TypeAttr::get(type));
      module.push_back(other);
    }
    OpBuilder builder(launch);
    launch->setOperand(
        panelsArgument(kernel),
        GlobalRefOp::create(builder, launch.getLoc(), other.getType(), name));
  }
  launch.setKernel(addKernel(kernel, choice, module));
}

Result<ScheduleAttr> TuneTrial::scheduleFor(func::FuncOp kernel,
                                            int64_t width) const {
  OwningOpRef<ModuleOp> module(ModuleOp::create(kernel.getLoc()));
  func::FuncOp copy = withPanels(kernel, width).release();
  copy->removeAttr("tenon.schedules");
  module->push_back(copy);
  PassRunner runner(*module, "schedule");
  TENON_RETURN_IF_ERROR(runner.run([&](PassManager &manager) {
    compilation->backend().addSchedulePasses(manager, backend);
  }));
  auto schedules = copy->getAttrOfType<DictionaryAttr>("tenon.schedules");
  return cast<ScheduleAttr>(schedules.begin()->getValue());
}

uint64_t TuneTrial::panelBytes() const {
  uint64_t bytes = 0;
  for (auto global : compilation->module().getOps<GlobalOp>())
    if (packOf(global)) {
      auto type = cast<RankedTensorType>(global.getType());
      bytes += type.getNumElements() * byteWidth(type.getElementType());
    }
  return bytes;
}
