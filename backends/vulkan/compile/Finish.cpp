//===- Finish.cpp - what the conversion to SPIR-V leaves unsaid -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/Bindings.h"
#include "backends/vulkan/compile/Passes.h"

#include "codegen/gpu/GpuKernel.h"

#include "mlir/Dialect/SPIRV/IR/SPIRVGLCanonicalization.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_FINISH
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace mlir;

static std::string nameOf(spirv::Decoration decoration) {
  return llvm::convertToSnakeFromCamelCase(
      spirv::stringifyDecoration(decoration));
}

static void mark(Operation *op, spirv::Decoration decoration) {
  op->setAttr(nameOf(decoration), UnitAttr::get(op->getContext()));
}

/// Where code takes the address of a global variable.
static SmallVector<spirv::AddressOfOp>
addressesOf(spirv::GlobalVariableOp variable) {
  SmallVector<spirv::AddressOfOp> addresses;
  auto uses = SymbolTable::getSymbolUses(
      variable, variable->getParentOfType<spirv::ModuleOp>());
  for (SymbolTable::SymbolUse use : *uses)
    if (auto address = dyn_cast<spirv::AddressOfOp>(use.getUser()))
      addresses.push_back(address);
  return addresses;
}

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

/// Makes a buffer that is only read, in vectors of four, one of texels.
static LogicalResult makeTexels(spirv::GlobalVariableOp variable) {
  MLIRContext *context = variable.getContext();
  auto image = spirv::ImageType::get(
      Float32Type::get(context), spirv::Dim::Buffer,
      spirv::ImageDepthInfo::NoDepth, spirv::ImageArrayedInfo::NonArrayed,
      spirv::ImageSamplingInfo::SingleSampled,
      spirv::ImageSamplerUseInfo::NeedSampler, spirv::ImageFormat::Unknown);
  auto pointer =
      spirv::PointerType::get(image, spirv::StorageClass::UniformConstant);
  variable.setTypeAttr(TypeAttr::get(pointer));
  for (spirv::AddressOfOp address : addressesOf(variable)) {
    address.getResult().setType(pointer);
    for (Operation *user :
         llvm::make_early_inc_range(address.getResult().getUsers())) {
      // The vector's place in the array, which is all that the buffer is.
      auto place = dyn_cast<spirv::AccessChainOp>(user);
      if (!place || place.getIndices().size() != 2)
        return user->emitError() << "texels are read one by one";
      for (Operation *reader : llvm::make_early_inc_range(place->getUsers())) {
        auto load = dyn_cast<spirv::LoadOp>(reader);
        if (!load)
          return reader->emitError() << "texels are only read";
        OpBuilder builder(load);
        Location loc = load.getLoc();
        Value texels = spirv::LoadOp::create(builder, loc, address);
        load.replaceAllUsesWith(spirv::ImageFetchOp::create(
                                    builder, loc, load.getType(), texels,
                                    place.getIndices().back(),
                                    spirv::ImageOperandsAttr(), ValueRange())
                                    .getResult());
        load.erase();
      }
      place.erase();
    }
  }
  return success();
}

/// Whether code that has a pointer, or a pointer into what it points to, may
/// write there.
static bool isWritten(Value pointer) {
  return llvm::any_of(pointer.getUsers(), [](Operation *user) {
    if (auto place = dyn_cast<spirv::AccessChainOp>(user))
      return isWritten(place);
    return !isa<spirv::LoadOp, spirv::KHRCooperativeMatrixLoadOp>(user);
  });
}

/// The declarations of each buffer, by its binding.
using BoundBuffers =
    llvm::MapVector<Attribute, SmallVector<spirv::GlobalVariableOp>>;

static void dropFromInterface(spirv::ModuleOp module,
                              const llvm::DenseSet<Attribute> &dropped) {
  for (auto entry : module.getOps<spirv::EntryPointOp>()) {
    SmallVector<Attribute> used = llvm::to_vector(entry.getInterface());
    llvm::erase_if(used,
                   [&](Attribute name) { return dropped.contains(name); });
    entry.setInterfaceAttr(ArrayAttr::get(module.getContext(), used));
  }
}

/// A buffer that is only read in vectors was declared for single elements, too.
static void dropUnused(spirv::ModuleOp module, BoundBuffers &buffers) {
  llvm::DenseSet<Attribute> dropped;
  for (auto &[place, variables] : buffers)
    llvm::erase_if(variables, [&](spirv::GlobalVariableOp variable) {
      if (!addressesOf(variable).empty())
        return false;
      dropped.insert(FlatSymbolRefAttr::get(variable));
      variable.erase();
      return true;
    });
  // Since SPIR-V 1.4 an entry point lists buffers, too.
  dropFromInterface(module, dropped);
}

/// Says which buffers are only read, and which a write to another declaration
/// may change. No two arguments of a launch overlap where one is written (see
/// PlanInstance), so the others are alone with their memory: SPIR-V takes that
/// for granted, drivers want to be told.
static void describe(const BoundBuffers &buffers) {
  for (const auto &[place, variables] : buffers) {
    bool isConstant = llvm::none_of(variables, [](auto variable) {
      return llvm::any_of(addressesOf(variable), isWritten);
    });
    bool isAlone = isConstant || variables.size() == 1;
    for (spirv::GlobalVariableOp variable : variables) {
      auto type = cast<spirv::PointerType>(variable.getType());
      if (type.getStorageClass() != spirv::StorageClass::StorageBuffer)
        continue;
      if (isConstant)
        mark(variable, spirv::Decoration::NonWritable);
      mark(variable,
           isAlone ? spirv::Decoration::Restrict : spirv::Decoration::Aliased);
    }
  }
}

/// Matrices are there with Vulkan's own memory model only, in which threads see
/// what others wrote to memory that both say they share.
static void useVulkanMemoryModel(spirv::ModuleOp module) {
  MLIRContext *context = module.getContext();
  module.setMemoryModelAttr(
      spirv::MemoryModelAttr::get(context, spirv::MemoryModel::Vulkan));
  auto shared = spirv::MemoryAccessAttr::get(
      context, spirv::MemoryAccess::NonPrivatePointer);
  auto isShared = [](Value pointer) {
    return cast<spirv::PointerType>(pointer.getType()).getStorageClass() ==
           spirv::StorageClass::Workgroup;
  };
  module.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case<spirv::LoadOp, spirv::StoreOp>([&](auto access) {
          if (isShared(access.getPtr()))
            access.setMemoryAccessAttr(shared);
        })
        .Case<spirv::KHRCooperativeMatrixLoadOp,
              spirv::KHRCooperativeMatrixStoreOp>(
            [&](auto access) { access.setMemoryOperandAttr(shared); })
        .Case<spirv::ControlBarrierOp>([&](spirv::ControlBarrierOp barrier) {
          barrier.setMemorySemantics(barrier.getMemorySemantics() |
                                     spirv::MemorySemantics::MakeAvailable |
                                     spirv::MemorySemantics::MakeVisible);
        });
  });
}

/// What a variable has built in, if anything.
static StringRef builtInOf(spirv::GlobalVariableOp variable) {
  auto name = variable->getAttrOfType<StringAttr>(
      spirv::SPIRVDialect::getAttributeName(spirv::Decoration::BuiltIn));
  return name ? name.getValue() : StringRef();
}

/// Lets the device say, when a pipeline is made, how many threads a workgroup
/// has that is meant to be a subgroup, and whether it may be several of them.
static void specialize(spirv::ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  Location loc = module.getLoc();
  auto declare = [&](StringRef name, Attribute value,
                     std::optional<uint32_t> number) {
    auto constant = spirv::SpecConstantOp::create(
        builder, loc, builder.getStringAttr(name), cast<TypedAttr>(value));
    if (number)
      constant->setAttr(
          spirv::SPIRVDialect::getAttributeName(spirv::Decoration::SpecId),
          builder.getI32IntegerAttr(static_cast<int32_t>(*number)));
    return constant;
  };
  int32_t most = 1;
  for (auto mode : module.getOps<spirv::ExecutionModeOp>())
    if (mode.getExecutionMode() == spirv::ExecutionMode::LocalSize)
      most =
          static_cast<int32_t>(cast<IntegerAttr>(mode.getValues()[0]).getInt());
  auto threads = declare("threads", builder.getI32IntegerAttr(most),
                         tenon::vulkan::threadsConstant);
  auto one = declare("one", builder.getI32IntegerAttr(1), std::nullopt);
  auto several = declare("several_subgroups", builder.getBoolAttr(true),
                         tenon::vulkan::severalConstant);
  Type i32 = builder.getI32Type();
  spirv::SpecConstantCompositeOp::create(
      builder, loc, TypeAttr::get(VectorType::get(3, i32)),
      builder.getStringAttr("workgroup_size"),
      builder.getArrayAttr({FlatSymbolRefAttr::get(threads),
                            FlatSymbolRefAttr::get(one),
                            FlatSymbolRefAttr::get(one)}));

  auto refer = [&](Location where, Type type, spirv::SpecConstantOp constant) {
    return spirv::ReferenceOfOp::create(builder, where, type,
                                        FlatSymbolRefAttr::get(constant))
        .getResult();
  };
  for (auto variable :
       llvm::make_early_inc_range(module.getOps<spirv::GlobalVariableOp>())) {
    StringRef name = builtInOf(variable);
    bool isSize = name == spirv::stringifyBuiltIn(spirv::BuiltIn::SubgroupSize);
    if (!isSize &&
        name != spirv::stringifyBuiltIn(spirv::BuiltIn::NumSubgroups))
      continue;
    for (spirv::AddressOfOp address : addressesOf(variable)) {
      for (Operation *user : llvm::make_early_inc_range(address->getUsers())) {
        auto load = cast<spirv::LoadOp>(user);
        Location where = load.getLoc();
        builder.setInsertionPointAfter(load);
        if (isSize) {
          load.replaceAllUsesWith(refer(where, i32, threads));
          load.erase();
          continue;
        }
        Value may = refer(where, builder.getI1Type(), several);
        Value alone = spirv::ConstantOp::getOne(i32, where, builder);
        auto count =
            spirv::SelectOp::create(builder, where, i32, may, load, alone);
        load.getResult().replaceAllUsesExcept(count, count);
      }
      if (isSize)
        address.erase();
    }
    if (!isSize)
      continue;
    dropFromInterface(module, {FlatSymbolRefAttr::get(variable)});
    variable.erase();
  }
}

/// What kernels ask of their subgroup is a capability that the deduction from
/// ops doesn't see.
static void addSubgroupCapability(spirv::ModuleOp module) {
  std::optional<spirv::VerCapExtAttr> needs = module.getVceTriple();
  auto asks = [](spirv::GlobalVariableOp variable) {
    return builtInOf(variable).contains("Subgroup");
  };
  if (!needs || llvm::none_of(module.getOps<spirv::GlobalVariableOp>(), asks))
    return;
  llvm::SetVector<spirv::Capability> all;
  all.insert_range(needs->getCapabilities());
  all.insert(spirv::Capability::GroupNonUniform);
  module.setVceTripleAttr(spirv::VerCapExtAttr::get(
      needs->getVersion(), all.getArrayRef(),
      llvm::to_vector(needs->getExtensions()), module.getContext()));
}

/// Kernels compare with infinities and ask for NaN. Unless they say so, a
/// driver may take it that there are none.
static void keepNan(spirv::ModuleOp module) {
  spirv::TargetEnv target(spirv::lookupTargetEnvOrDefault(module));
  if (!target.allows(spirv::Capability::SignedZeroInfNanPreserve))
    return;
  llvm::SmallSetVector<int32_t, 2> widths;
  widths.insert(32);
  module.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      if (auto scalar = dyn_cast<FloatType>(getElementTypeOrSelf(type)))
        widths.insert(static_cast<int32_t>(scalar.getWidth()));
  });
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  for (auto entry : llvm::to_vector(module.getOps<spirv::EntryPointOp>()))
    for (int32_t width : widths)
      spirv::ExecutionModeOp::create(
          builder, entry.getLoc(),
          module.lookupSymbol<spirv::FuncOp>(entry.getFn()),
          spirv::ExecutionMode::SignedZeroInfNanPreserve, width);
}

/// What the pass spirv-canonicalize-gl does, but blocks stay apart: two that
/// read different buffers would become one with a pointer as argument, which
/// devices needn't have.
static LogicalResult canonicalizeMath(spirv::ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  spirv::populateSPIRVGLCanonicalizationPatterns(patterns);
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Normal);
  return applyPatternsGreedily(module, std::move(patterns), config);
}

namespace {
struct Finish : tenon::vulkan::impl::FinishBase<Finish> {
  using FinishBase::FinishBase;

  void runOnOperation() override {
    spirv::ModuleOp module = getOperation();
    if (failed(canonicalizeMath(module)))
      return signalPassFailure();
    std::string set = nameOf(spirv::Decoration::DescriptorSet);
    std::string binding = nameOf(spirv::Decoration::Binding);
    BoundBuffers bound;
    for (auto variable : module.getOps<spirv::GlobalVariableOp>()) {
      auto type = cast<spirv::PointerType>(variable.getType());
      if (type.getStorageClass() == spirv::StorageClass::PushConstant) {
        variable->removeAttr(set);
        variable->removeAttr(binding);
      } else if (Attribute place = variable->getAttr(binding)) {
        bound[place].push_back(variable);
      }
    }
    dropUnused(module, bound);
    if (auto buffers =
            module->getParentOp()->getAttrOfType<IntegerAttr>("tenon.buffers"))
      for (auto &[place, variables] : bound)
        if (!variables.empty() &&
            cast<IntegerAttr>(place).getInt() / buffers.getInt() == 1 &&
            failed(makeTexels(variables.front())))
          return signalPassFailure();
    describe(bound);
    if (module->getParentOp()->hasAttr(ofSubgroupName))
      specialize(module);

    module.walk(storeInitialValues);
    module.walk([&](Operation *op) {
      if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp, spirv::FDivOp,
              spirv::FNegateOp, spirv::VectorTimesScalarOp>(op))
        mark(op, spirv::Decoration::NoContraction);
      // Bits of a word that threads share; nothing is ordered by them.
      llvm::TypeSwitch<Operation *>(op)
          .Case<spirv::AtomicAndOp, spirv::AtomicOrOp>([](auto atomic) {
            atomic.setSemantics(spirv::MemorySemantics::None);
          });
    });

    if (tenon::vulkan::contains<spirv::KHRCooperativeMatrixMulAddOp>(module))
      useVulkanMemoryModel(module);
    keepNan(module);

    OpPassManager deduction(spirv::ModuleOp::getOperationName());
    deduction.addPass(spirv::createSPIRVUpdateVCEPass());
    if (failed(runPipeline(deduction, module)))
      return signalPassFailure();
    addSubgroupCapability(module);
  }
};
} // namespace
