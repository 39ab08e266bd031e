//===- Backend.cpp - the Vulkan backend's compile half --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/Backend.h"
#include "backends/vulkan/compile/Passes.h"
#include "backends/vulkan/compile/ScheduleSpace.h"
#include "backends/vulkan/compile/Spirv.h"
#include "backends/vulkan/compile/Target.h"

#include "codegen/Targets.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace tenon;
using namespace tenon::vulkan;

namespace {
class VulkanBackend : public Backend {
public:
  llvm::StringRef name() const override { return "vulkan"; }

  Status check(const BackendOptions &options) const override {
    if (options.precision == "bf16")
      return Status::usage("--precision",
                           "Vulkan targets have no products of bf16")
          .help("they have some of fp16; --quantize bf16 computes them as "
                "fp32, for half the memory");
    TENON_ASSIGN_OR_RETURN(std::vector<Target> targets,
                           Target::findAll(options));
    for (const Target &target : targets)
      if (options.uses("fp16") && !target.float16)
        return Status::usage("--precision", "Vulkan target '" + target.name +
                                                "' doesn't compute with fp16");
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
      variants.push_back({target.name, target.features(options.uses("fp16"))});
    return variants;
  }

  void registerDialects(mlir::DialectRegistry &registry) const override {
    registry.insert<mlir::gpu::GPUDialect, mlir::memref::MemRefDialect,
                    mlir::scf::SCFDialect, mlir::spirv::SPIRVDialect,
                    mlir::ub::UBDialect, mlir::vector::VectorDialect>();
  }

  void registerPasses() const override { registerTenonVulkanPasses(); }

  bool codesAttention() const override { return true; }

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
    return inSpace<std::vector<ScheduleAttr>>(
        kernel, options, [&](const ScheduleSpace &space) {
          return space.neighboursOf(schedule);
        });
  }

  Result<ScheduleAttr> follow(mlir::func::FuncOp kernel, ScheduleAttr own,
                              const ScheduleSizes &asked,
                              const BackendOptions &options) const override {
    return inSpace<ScheduleAttr>(
        kernel, options,
        [&](const ScheduleSpace &space) { return space.follow(own, asked); });
  }

  void addLoopPasses(mlir::OpPassManager &manager) const override {
    manager.addPass(createLowerToLoops());
  }

  void addProbePasses(mlir::OpPassManager &manager,
                      const BackendOptions &options) const override {
    manager.addPass(createMakeProbes({options.targets.front()}));
  }

  mlir::LogicalResult
  lowerToMachine(mlir::ModuleOp loops,
                 const BackendOptions &options) const override {
    auto target = targetOf(loops, Target::findAll(options));
    if (!target)
      return loops.emitError() << target.status().render();
    bool usesMatrices = contains<mlir::gpu::SubgroupMmaComputeOp>(loops);
    bool usesDots = contains<mlir::vector::ReductionOp>(loops);
    loops->setAttr(
        mlir::spirv::getTargetEnvAttrName(),
        target->environment(loops.getContext(), usesMatrices || usesDots));
    mlir::PassManager manager(loops.getContext());
    manager.enableVerifier(false);
    addMachinePasses(manager, *target, usesMatrices || options.uses("fp16"));
    if (failed(manager.run(loops)))
      return mlir::failure();
    // The conversion leaves what it converted beside its result.
    for (auto source :
         llvm::make_early_inc_range(loops.getOps<mlir::gpu::GPUModuleOp>()))
      source.erase();
    return mlir::success();
  }

  Result<std::string>
  describeTarget(mlir::ModuleOp loops,
                 const BackendOptions &options) const override {
    TENON_ASSIGN_OR_RETURN(Target target,
                           targetOf(loops, Target::findAll(options)));
    return "vulkan " + target.name + " " +
           target.features(options.uses("fp16"));
  }

  Result<std::string> generateCode(mlir::ModuleOp machine,
                                   const BackendOptions &,
                                   CodeForm form) const override {
    if (form != CodeForm::Object && form != CodeForm::Spirv)
      return Status::usage("--emit",
                           "code for Vulkan has the forms spirv and tenon");
    TENON_ASSIGN_OR_RETURN(std::string code, assemble(machine));
    return form == CodeForm::Spirv ? disassemble(code) : code;
  }

  Result<LinkedCode> link(const std::vector<std::string> &objects,
                          const std::string &marker) const override {
    if (!marker.empty())
      return Status::usage("--emit",
                           "a program can only be linked with code for the "
                           "host's processor");
    LinkedCode linked;
    for (const std::string &object : objects) {
      TENON_ASSIGN_OR_RETURN(std::string name, kernelNameOf(object));
      linked.modules.push_back({std::move(name), object});
    }
    return linked;
  }

private:
  /// Asks about the schedules that a kernel may have for the one target.
  template <typename T, typename Ask>
  static Result<T> inSpace(mlir::func::FuncOp kernel,
                           const BackendOptions &options, Ask ask) {
    TENON_ASSIGN_OR_RETURN(auto targets, Target::findAll(options));
    auto space = ScheduleSpace::analyze(kernel, targets.front());
    if (failed(space))
      return Status::internal(kernel.getName().str(), "has no schedule");
    return ask(*space);
  }
};
} // namespace

namespace tenon::vulkan {
std::unique_ptr<Backend> createBackend() {
  return std::make_unique<VulkanBackend>();
}
} // namespace tenon::vulkan
