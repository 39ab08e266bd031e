//===- Backend.cpp - the CPU backend's compile half -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/Backend.h"
#include "backends/cpu/compile/Object.h"
#include "backends/cpu/compile/Passes.h"
#include "backends/cpu/compile/ScheduleSpace.h"
#include "backends/cpu/compile/Target.h"

#include "codegen/Targets.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "passes/Passes.h"

#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace tenon;
using namespace tenon::cpu;

namespace {
class CpuBackend : public Backend {
public:
  llvm::StringRef name() const override { return "cpu"; }

  bool runsOnHost() const override { return true; }

  Status check(const BackendOptions &options) const override {
    if (options.uses("fp16"))
      return Status::usage("--precision",
                           "fp16 is for GPUs: processors have no products of "
                           "it")
          .help("bf16 takes as little memory; --target vulkan has fp16");
    TENON_ASSIGN_OR_RETURN(std::vector<Target> targets,
                           Target::findAll(options));
    if (options.scheduleFile.empty())
      return Status::ok();
    return ScheduleFile::check(options.scheduleFile, scheduleTargets(targets),
                               options.otherTargets);
  }

  Result<std::vector<VariantInfo>>
  variants(const BackendOptions &options) const override {
    TENON_ASSIGN_OR_RETURN(std::vector<Target> targets,
                           Target::findAll(options));
    std::vector<VariantInfo> variants;
    variants.reserve(targets.size());
    for (const Target &target : targets)
      variants.push_back({target.name, llvm::join(target.features, ",")});
    return variants;
  }

  void registerDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<mlir::LLVM::LLVMDialect, mlir::cf::ControlFlowDialect,
                    mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                    mlir::ub::UBDialect, mlir::vector::VectorDialect>();
    registerTranslations(registry);
  }

  void registerPasses() const override { registerTenonCpuPasses(); }

  mlir::LogicalResult checkKernels(mlir::ModuleOp module,
                                   const BackendOptions &) const override {
    for (auto kernel : module.getOps<mlir::func::FuncOp>())
      if (kernel->hasAttr("tenon.kernel"))
        for (mlir::BlockArgument argument : kernel.getArguments())
          if (auto state = llvm::dyn_cast<StateType>(argument.getType());
              state && failed(checkState(kernel.getLoc(), state)))
            return mlir::failure();
    return mlir::success();
  }

  bool codesAttention() const override { return true; }

  void addLayoutPasses(mlir::OpPassManager &manager,
                       const BackendOptions &options) const override {
    // Artifacts without a file share weights with any backend's.
    if (options.scheduleFile.empty())
      return;
    ChoosePanelsOptions panels;
    panels.targets = targetNames(options.targets, Target::findAll(options));
    panels.file = options.scheduleFile;
    manager.addPass(createChoosePanels(panels));
  }

  void addPreparePasses(mlir::OpPassManager &manager) const override {
    manager.addPass(createPackWeights());
  }

  void addSchedulePasses(mlir::OpPassManager &manager,
                         const BackendOptions &options) const override {
    ScheduleOptions schedule;
    schedule.targets = targetNames(options.targets, Target::findAll(options));
    schedule.file = options.scheduleFile;
    llvm::append_range(schedule.others, options.otherTargets);
    manager.addPass(createSchedule(schedule));
  }

  Result<std::vector<ScheduleAttr>>
  candidates(mlir::func::FuncOp kernel, ScheduleAttr schedule,
             const BackendOptions &options) const override {
    TENON_ASSIGN_OR_RETURN(auto targets, Target::findAll(options));
    auto found = neighboursOf(schedule, panelsOf(kernel), targets.front());
    return std::vector<ScheduleAttr>(found.begin(), found.end());
  }

  Result<ScheduleAttr> follow(mlir::func::FuncOp kernel, ScheduleAttr own,
                              const ScheduleSizes &asked,
                              const BackendOptions &) const override {
    return followSizes(own, asked, panelsOf(kernel));
  }

  Result<std::vector<int64_t>>
  panelWidths(const BackendOptions &options) const override {
    TENON_ASSIGN_OR_RETURN(auto targets, Target::findAll(options));
    std::vector<int64_t> widths;
    for (int64_t width : tenon::panelWidths())
      if (llvm::all_of(targets, [&](const Target &target) {
            return canRead(target, width);
          }))
        widths.push_back(width);
    return widths;
  }

  std::string processor() const override { return hostProcessor(); }

  void addLoopPasses(mlir::OpPassManager &manager) const override {
    manager.addPass(createLowerToLoops());
  }

  mlir::LogicalResult
  lowerToMachine(mlir::ModuleOp loops,
                 const BackendOptions &options) const override {
    auto target = targetOf(loops, Target::findAll(options));
    if (!target)
      return loops.emitError() << target.status().render();
    mlir::PassManager manager(loops.getContext());
    manager.enableVerifier(false);
    addMachinePasses(manager, *target);
    return manager.run(loops);
  }

  Result<std::string>
  describeTarget(mlir::ModuleOp loops,
                 const BackendOptions &options) const override {
    TENON_ASSIGN_OR_RETURN(Target target,
                           targetOf(loops, Target::findAll(options)));
    return target.name + " " + target.cpu + " " + target.tune + " " +
           std::to_string(target.vectorBits);
  }

  Result<std::string> generateCode(mlir::ModuleOp machine,
                                   const BackendOptions &options,
                                   CodeForm form) const override {
    TENON_ASSIGN_OR_RETURN(Target target,
                           targetOf(machine, Target::findAll(options)));
    return cpu::generateCode(machine, target, form);
  }

  Result<LinkedCode> link(const std::vector<std::string> &objects,
                          const std::string &marker) const override {
    TENON_ASSIGN_OR_RETURN(std::string object, linkObjects(objects, marker));
    return LinkedCode{std::move(object), {}};
  }

private:
  /// Blocks of a state have a size that is known now.
  static mlir::LogicalResult checkState(mlir::Location loc, StateType state) {
    if (!getElementType(state).isF32())
      return mlir::emitError(loc, "states that hold anything but f32 aren't "
                                  "compiled yet");
    if (state.getAxis() == 0)
      return mlir::emitError(loc, "axis 0 of a state is its rows: another one "
                                  "must grow");
    for (auto [axis, dim] : llvm::enumerate(getDims(state)))
      if (axis != 0 && static_cast<int64_t>(axis) != state.getAxis() &&
          !dim.isConstant())
        return mlir::emitError(loc)
               << "axis " << axis << " of a state must have a constant size";
    return mlir::success();
  }
};
} // namespace

namespace tenon::cpu {
std::unique_ptr<Backend> createBackend() {
  return std::make_unique<CpuBackend>();
}
} // namespace tenon::cpu
