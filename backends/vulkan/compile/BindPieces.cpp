//===- BindPieces.cpp - buffers that can't be bound at once ---------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/vulkan/Bindings.h"
#include "backends/vulkan/compile/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"

namespace tenon::vulkan {
#define GEN_PASS_DEF_BINDPIECES
#include "backends/vulkan/compile/Passes.h.inc"
} // namespace tenon::vulkan

using namespace tenon;
using namespace mlir;

namespace {
/// A declaration of a buffer, as its pieces.
class Pieces {
public:
  Pieces(BlockArgument first, ArrayRef<Value> further, int64_t pieceBytes)
      : pieces{first} {
    llvm::append_range(pieces, further);
    Type element = cast<MemRefType>(first.getType()).getElementType();
    auto vector = dyn_cast<VectorType>(element);
    int64_t bits = getElementTypeOrSelf(element).getIntOrFloatBitWidth() *
                   (vector ? vector.getNumElements() : 1);
    elements = pieceBytes * 8 / bits;
  }

  void rewrite(memref::LoadOp op) const {
    OpBuilder builder(op);
    Value found =
        choose(builder, op.getIndices().front(), op.getType(),
               [&](OpBuilder &builder, Value piece, Value place) -> Value {
                 return memref::LoadOp::create(builder, op.getLoc(), piece,
                                               ValueRange{place});
               });
    op.replaceAllUsesWith(found);
    op.erase();
  }

  void rewrite(memref::StoreOp op) const {
    OpBuilder builder(op);
    choose(builder, op.getIndices().front(), Type(),
           [&](OpBuilder &builder, Value piece, Value place) {
             memref::StoreOp::create(builder, op.getLoc(), op.getValue(), piece,
                                     ValueRange{place});
             return Value();
           });
    op.erase();
  }

private:
  /// Does something with a piece at a place in it, and says what came of it.
  using Visit = function_ref<Value(OpBuilder &, Value piece, Value place)>;

  /// Does it with the piece that has the element at `index`.
  Value choose(OpBuilder &builder, Value index, Type result,
               Visit visit) const {
    Location loc = index.getLoc();
    Value shift =
        arith::ConstantIndexOp::create(builder, loc, llvm::Log2_64(elements));
    Value mask = arith::ConstantIndexOp::create(builder, loc, elements - 1);
    Value piece = arith::ShRUIOp::create(builder, loc, index, shift);
    Value place = arith::AndIOp::create(builder, loc, index, mask);
    return chooseAmong(builder, pieces, 0, piece, place, result, visit);
  }

  /// Among those from number `first` on, by halves.
  static Value chooseAmong(OpBuilder &builder, ValueRange among, int64_t first,
                           Value piece, Value place, Type result, Visit visit) {
    if (among.size() == 1)
      return visit(builder, among.front(), place);
    Location loc = place.getLoc();
    size_t half = among.size() / 2;
    Value middle = arith::ConstantIndexOp::create(
        builder, loc, first + static_cast<int64_t>(half));
    Value isLower = arith::CmpIOp::create(
        builder, loc, arith::CmpIPredicate::ult, piece, middle);
    auto branch = scf::IfOp::create(
        builder, loc, result ? TypeRange{result} : TypeRange(), isLower,
        /*withElseRegion=*/true);
    auto fill = [&](Block *block, ValueRange part, int64_t start) {
      // Without results, it ends already.
      OpBuilder inside = result ? OpBuilder::atBlockEnd(block)
                                : OpBuilder::atBlockTerminator(block);
      Value found =
          chooseAmong(inside, part, start, piece, place, result, visit);
      if (result)
        scf::YieldOp::create(inside, loc, found);
    };
    fill(branch.thenBlock(), among.take_front(half), first);
    fill(branch.elseBlock(), among.drop_front(half),
         first + static_cast<int64_t>(half));
    return result ? branch.getResult(0) : Value();
  }

  SmallVector<Value> pieces;
  int64_t elements; ///< Of a piece.
};

struct BindPieces : tenon::vulkan::impl::BindPiecesBase<BindPieces> {
  using BindPiecesBase::BindPiecesBase;

  void runOnOperation() override {
    getOperation().walk([&](gpu::GPUFuncOp function) { rewrite(function); });
  }

private:
  void rewrite(gpu::GPUFuncOp function) {
    StringRef abiName = spirv::getInterfaceVarABIAttrName();
    auto buffers = getOperation()->getAttrOfType<IntegerAttr>("tenon.buffers");
    for (BlockArgument argument : llvm::to_vector(function.getArguments())) {
      unsigned number = argument.getArgNumber();
      auto bytes =
          function.getArgAttrOfType<IntegerAttr>(number, "tenon.bytes");
      if (!bytes || bytes.getInt() <= range)
        continue;
      auto abi = function.getArgAttrOfType<spirv::InterfaceVarABIAttr>(number,
                                                                       abiName);
      SmallVector<Value> further;
      for (int64_t piece = 1; piece * range < bytes.getInt(); ++piece) {
        unsigned last = function.getNumArguments();
        auto binding = spirv::getInterfaceVarABIAttr(
            abi.getDescriptorSet(),
            vulkan::pieceBinding(buffers.getInt(), abi.getBinding(), piece),
            std::nullopt, &getContext());
        NamedAttribute attribute(StringAttr::get(&getContext(), abiName),
                                 binding);
        (void)function.insertArgument(
            last, argument.getType(),
            DictionaryAttr::get(&getContext(), attribute), argument.getLoc());
        further.push_back(function.getArgument(last));
      }
      Pieces pieces(argument, further, range);
      for (Operation *user : llvm::make_early_inc_range(argument.getUsers()))
        llvm::TypeSwitch<Operation *>(user)
            .Case<memref::LoadOp, memref::StoreOp>(
                [&](auto access) { pieces.rewrite(access); })
            .Default([&](Operation *other) {
              other->emitError("can't use a buffer in pieces");
              signalPassFailure();
            });
    }
  }
};
} // namespace
