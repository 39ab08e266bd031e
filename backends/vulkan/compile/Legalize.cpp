//===- Legalize.cpp - kernels in the form that SPIR-V has -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Buffers have the bindings that Bindings.h says; backends/vulkan/device relies
// on it, and on dims being 32-bit push constants in their order.
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/Bindings.h"
#include "backends/vulkan/compile/Passes.h"
#include "backends/vulkan/compile/Target.h"

#include "codegen/gpu/GpuKernel.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_LEGALIZE
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace tenon::vulkan;
using namespace mlir;

/// What every device has for push constants, in dims.
static constexpr size_t maxDims = 128 / 4;

static MemRefType inSpace(MemRefType type, spirv::StorageClass space) {
  return MemRefType::get(
      type.getShape(), type.getElementType(), MemRefLayoutAttrInterface(),
      spirv::StorageClassAttr::get(type.getContext(), space));
}

/// Whether a vector of `type` read or written with this alignment is one
/// element of the buffer seen as vectors.
static bool isWhole(std::optional<uint64_t> alignment, VectorType type) {
  uint64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return alignment && *alignment % bytes == 0;
}

namespace {
/// Rewrites one function.
class Legalizer {
public:
  Legalizer(gpu::GPUFuncOp old, bool texels)
      : old(old), builder(old), loc(old.getLoc()), texels(texels) {}

  LogicalResult run();

private:
  void declare();
  bool isTexels(Value buffer, VectorType type);
  void moveBody();
  void takeApart();
  void rewrite(vector::LoadOp op);
  void rewrite(vector::StoreOp op);
  void rewrite(vector::GatherOp op);
  void rewrite(vector::ScatterOp op);
  void rewrite(arith::SelectOp op);
  void rewrite(vector::ReductionOp op);

  Value position(Value base, int64_t offset) {
    if (!offset)
      return base;
    return arith::AddIOp::create(
        builder, loc, base,
        arith::ConstantIndexOp::create(builder, loc, offset));
  }
  /// The place in the buffer's vectors of the one at `base`.
  Value vectorPosition(Value base, VectorType type) {
    return arith::DivUIOp::create(
        builder, loc, base,
        arith::ConstantIndexOp::create(builder, loc, type.getNumElements()));
  }
  Value lane(Value vector, int64_t i) {
    return vector::ExtractOp::create(builder, loc, vector, i);
  }
  /// A lane of a vector of positions.
  Value lanePosition(Value positions, int64_t i) {
    return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                      lane(positions, i));
  }
  /// The other declaration of `buffer`, with vectors of `type` for elements.
  Value asVectors(Value buffer, VectorType type) {
    return vectorArguments.at({buffer, type});
  }

  gpu::GPUFuncOp old, function;
  OpBuilder builder;
  Location loc;
  const bool texels;
  size_t buffers = 0, dims = 0;
  /// By buffer, first of the old function, then of the new one.
  llvm::MapVector<std::pair<Value, VectorType>, Value> vectorArguments;
};

struct Legalize : tenon::vulkan::impl::LegalizeBase<Legalize> {
  using LegalizeBase::LegalizeBase;

  void runOnOperation() override {
    SmallVector<gpu::GPUFuncOp> functions;
    getOperation().walk([&](gpu::GPUFuncOp f) { functions.push_back(f); });
    for (gpu::GPUFuncOp function : functions)
      if (failed(Legalizer(function, texels).run()))
        return signalPassFailure();
  }
};
} // namespace

/// Whether vectors of `type` in `buffer` are read as texels.
bool Legalizer::isTexels(Value buffer, VectorType type) {
  auto bytes = old.getArgAttrOfType<IntegerAttr>(
      cast<BlockArgument>(buffer).getArgNumber(), "tenon.bytes");
  return texels && type.getElementType().isF32() &&
         type.getNumElements() == 4 &&
         (!bytes ||
          bytes.getInt() <= Target::mostTexels * int64_t(texelSize)) &&
         llvm::none_of(buffer.getUsers(), [](Operation *user) {
           return isa<memref::StoreOp, vector::StoreOp, vector::ScatterOp>(
               user);
         });
}

/// Makes the function with the arguments that a shader has.
void Legalizer::declare() {
  old.walk([&](Operation *op) {
    if (auto load = dyn_cast<vector::LoadOp>(op)) {
      if (isWhole(load.getAlignment(), load.getVectorType()))
        vectorArguments.insert({{load.getBase(), load.getVectorType()}, {}});
    } else if (auto store = dyn_cast<vector::StoreOp>(op)) {
      if (isWhole(store.getAlignment(), store.getVectorType()))
        vectorArguments.insert({{store.getBase(), store.getVectorType()}, {}});
    }
  });

  SmallVector<Type> types;
  SmallVector<Attribute> abis, bytes;
  auto addBuffer = [&](MemRefType type, unsigned binding) {
    // Of a buffer of constant size.
    bytes.push_back(binding < buffers ? old.getArgAttr(binding, "tenon.bytes")
                                      : Attribute());
    types.push_back(inSpace(type, spirv::StorageClass::StorageBuffer));
    abis.push_back(spirv::getInterfaceVarABIAttr(0, binding, std::nullopt,
                                                 builder.getContext()));
  };
  for (size_t i = 0; i < buffers; ++i)
    addBuffer(cast<MemRefType>(old.getArgument(i).getType()), i);
  for (auto &entry : vectorArguments) {
    auto [buffer, type] = entry.first;
    unsigned binding = cast<BlockArgument>(buffer).getArgNumber();
    addBuffer(MemRefType::get({ShapedType::kDynamic}, type),
              isTexels(buffer, type) ? texelsBinding(buffers, binding)
                                     : binding);
  }
  if (dims) {
    addBuffer(
        MemRefType::get({static_cast<int64_t>(dims)}, builder.getI32Type()),
        buffers);
    types.back() = inSpace(cast<MemRefType>(types.back()),
                           spirv::StorageClass::PushConstant);
  }
  function = gpu::GPUFuncOp::create(builder, loc, old.getName(),
                                    builder.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(),
                    builder.getUnitAttr());
  for (auto [i, abi, size] : llvm::enumerate(abis, bytes)) {
    function.setArgAttr(i, spirv::getInterfaceVarABIAttrName(), abi);
    if (size)
      function.setArgAttr(i, "tenon.bytes", size);
  }
  auto threads = *old.getKnownBlockSize();
  function->setAttr(spirv::getEntryPointABIAttrName(),
                    spirv::getEntryPointABIAttr(builder.getContext(), threads));
  if (Attribute ofSubgroup = old->getAttr(ofSubgroupName))
    old->getParentOfType<ModuleOp>()->setAttr(ofSubgroupName, ofSubgroup);
}

/// Moves the code over, onto the new arguments.
void Legalizer::moveBody() {
  Block *from = &old.getBody().front(), *to = &function.getBody().front();
  to->getOperations().splice(to->end(), from->getOperations());
  builder.setInsertionPointToStart(to);
  size_t next = buffers;
  llvm::MapVector<std::pair<Value, VectorType>, Value> renamed;
  for (auto &entry : vectorArguments) {
    unsigned i = cast<BlockArgument>(entry.first.first).getArgNumber();
    renamed.insert(
        {{to->getArgument(i), entry.first.second}, to->getArgument(next++)});
  }
  vectorArguments = std::move(renamed);
  for (size_t i = 0; i < buffers; ++i)
    old.getArgument(i).replaceAllUsesWith(to->getArgument(i));
  for (size_t i = 0; i < dims; ++i) {
    Value place = arith::ConstantIndexOp::create(builder, loc, i);
    Value value = memref::LoadOp::create(builder, loc, to->getArgument(next),
                                         ValueRange{place});
    old.getArgument(buffers + i)
        .replaceAllUsesWith(arith::IndexCastOp::create(
            builder, loc, builder.getIndexType(), value));
  }
  for (BlockArgument shared : old.getWorkgroupAttributions())
    shared.replaceAllUsesWith(
        memref::AllocOp::create(builder, loc,
                                inSpace(cast<MemRefType>(shared.getType()),
                                        spirv::StorageClass::Workgroup)));
  old.erase();
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

void Legalizer::rewrite(vector::LoadOp op) {
  VectorType type = op.getVectorType();
  Value base = op.getIndices().front(), result;
  if (isWhole(op.getAlignment(), type)) {
    result = memref::LoadOp::create(builder, loc, asVectors(op.getBase(), type),
                                    ValueRange{vectorPosition(base, type)});
  } else {
    SmallVector<Value> lanes;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      lanes.push_back(memref::LoadOp::create(builder, loc, op.getBase(),
                                             ValueRange{position(base, i)}));
    result = vector::FromElementsOp::create(builder, loc, type, lanes);
  }
  op.replaceAllUsesWith(result);
  op.erase();
}

void Legalizer::rewrite(vector::StoreOp op) {
  VectorType type = op.getVectorType();
  Value base = op.getIndices().front(), value = op.getValueToStore();
  if (isWhole(op.getAlignment(), type)) {
    memref::StoreOp::create(builder, loc, value, asVectors(op.getBase(), type),
                            ValueRange{vectorPosition(base, type)});
  } else {
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      memref::StoreOp::create(builder, loc, lane(value, i), op.getBase(),
                              ValueRange{position(base, i)});
  }
  op.erase();
}

// Emitters for GPUs use no masks, so every lane of these is set.

void Legalizer::rewrite(vector::GatherOp op) {
  VectorType type = op.getVectorType();
  SmallVector<Value> lanes;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    lanes.push_back(
        memref::LoadOp::create(builder, loc, op.getBase(),
                               ValueRange{lanePosition(op.getIndices(), i)}));
  op.replaceAllUsesWith(
      vector::FromElementsOp::create(builder, loc, type, lanes).getResult());
  op.erase();
}

void Legalizer::rewrite(vector::ScatterOp op) {
  for (int64_t i = 0; i < op.getVectorType().getNumElements(); ++i)
    memref::StoreOp::create(builder, loc, lane(op.getValueToStore(), i),
                            op.getBase(),
                            ValueRange{lanePosition(op.getIndices(), i)});
  op.erase();
}

/// One condition for a whole vector came with SPIR-V 1.4.
void Legalizer::rewrite(arith::SelectOp op) {
  auto type = dyn_cast<VectorType>(op.getType());
  if (!type || isa<VectorType>(op.getCondition().getType()))
    return;
  op.getConditionMutable().assign(vector::BroadcastOp::create(
      builder, loc, type.clone(builder.getI1Type()), op.getCondition()));
}

/// The sum of four products of bytes is an instruction, of the bytes as words.
void Legalizer::rewrite(vector::ReductionOp op) {
  auto product = op.getVector().getDefiningOp<arith::MulIOp>();
  if (op.getKind() != vector::CombiningKind::ADD || op.getAcc() || !product)
    return;
  auto word = [&](Value factor) -> Value {
    auto widened = factor.getDefiningOp<arith::ExtSIOp>();
    if (!widened ||
        widened.getIn().getType() != VectorType::get(4, builder.getI8Type()))
      return {};
    // Which they may have been before.
    if (auto cast = widened.getIn().getDefiningOp<vector::BitCastOp>();
        cast &&
        cast.getSourceVectorType() == VectorType::get(1, builder.getI32Type()))
      return lane(cast.getSource(), 0);
    return spirv::BitcastOp::create(builder, loc, builder.getI32Type(),
                                    widened.getIn());
  };
  Value left = word(product.getLhs()), right = word(product.getRhs());
  if (!left || !right)
    return;
  op.replaceAllUsesWith(
      spirv::SDotOp::create(
          builder, loc, builder.getI32Type(), left, right,
          spirv::PackedVectorFormatAttr::get(
              builder.getContext(),
              spirv::PackedVectorFormat::PackedVectorFormat4x8Bit))
          .getResult());
  op.erase();
}

void Legalizer::takeApart() {
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops) {
    builder.setInsertionPoint(op);
    llvm::TypeSwitch<Operation *>(op)
        .Case<vector::LoadOp, vector::StoreOp, vector::GatherOp,
              vector::ScatterOp, vector::ReductionOp, arith::SelectOp>(
            [&](auto typed) { rewrite(typed); });
  }
}

LogicalResult Legalizer::run() {
  for (Type type : old.getArgumentTypes())
    ++(isa<MemRefType>(type) ? buffers : dims);
  if (dims > maxDims)
    return old.emitError() << "has " << dims << " dims; a shader has room for "
                           << maxDims;
  old->getParentOfType<ModuleOp>()->setAttr("tenon.buffers",
                                            builder.getI64IntegerAttr(buffers));
  declare();
  moveBody();
  takeApart();
  return success();
}
