//===- KernelCode.h - writing the loops of one kernel -----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the emitters of all backends share. A kernel in the `tenon` dialect is
// read backwards from its results: `read` gives a tensor's elements at an index
// by loading them (arguments), by taking them from where an emitter put them
// (bindings: accumulators, row sums, scratch), or by emitting the op that
// computes them. Nothing in between lives in memory unless an emitter says so.
//
// Memory is one-dimensional: every argument is a buffer with strides, so that
// pitches, views and devices that know only flat buffers look alike.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_KERNELCODE_H
#define TENON_CODEGEN_KERNELCODE_H

#include "dialect/Element.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

#include <functional>
#include <variant>

namespace tenon {

/// A tensor in memory.
struct Storage {
  mlir::Value buffer; ///< memref<?xT>, T the type in memory.
  llvm::SmallVector<DimAttr> dims, strides;
  mlir::Type elementType; ///< In registers; see memoryType.
  /// The buffer's first element lies at a multiple of this many elements.
  int64_t alignment = 1;

  /// For what a state holds: memref<?xindex> that says where its blocks are
  /// (format::ArgKind::StateBefore). Dims and strides are those of a block.
  mlir::Value places;
  int64_t axis = 0; ///< The one along which the state grows.
  /// Positions count from the end of what a row holds.
  bool appends = false;
};

/// The storage of a state of a type in `buffer`, in blocks of `block` positions
/// that lie where `places` says.
Storage makeStateStorage(mlir::Value buffer, mlir::Value places,
                         mlir::Type type, int64_t block);

/// Strides of a row-major tensor whose rows along the last axis are `pitch`
/// elements apart (null: without a gap).
llvm::SmallVector<DimAttr> rowMajorStrides(mlir::MLIRContext *context,
                                           llvm::ArrayRef<DimAttr> dims,
                                           DimAttr pitch = {});

/// The type of an element in memory: bool takes a byte, a small float is its
/// bits.
mlir::Type memoryType(mlir::Type elementType);

/// The storage of a kernel's argument or result of a type in `buffer`;
/// `attributes` are the argument's or result's, if any.
Storage makeStorage(mlir::Value buffer, mlir::Type type,
                    mlir::DictionaryAttr attributes);

class StateLengthsOp;

class KernelCode {
public:
  /// Emits at `builder`, inside the function that is to run `kernel`.
  /// `dimValues` are the values of the kernel's own dim symbols by name.
  KernelCode(
      mlir::OpBuilder &builder, mlir::func::FuncOp kernel,
      llvm::ArrayRef<std::pair<mlir::StringAttr, mlir::Value>> dimValues);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::func::FuncOp kernel;

  /// The kernel's only op of a kind, or null.
  template <typename OpT> OpT findOnly() {
    OpT found;
    for (auto op : kernel.getBody().front().getOps<OpT>()) {
      if (found)
        return OpT();
      found = op;
    }
    return found;
  }

  //===--------------------------------------------------------------------===//
  // Values
  //===--------------------------------------------------------------------===//

  /// Gives an element of a bound value.
  using Provider = std::function<mlir::FailureOr<mlir::Value>(
      ElementBuilder &, llvm::ArrayRef<Index>)>;

  /// Says where a kernel argument or result lives.
  void setStorage(mlir::Value value, Storage storage);
  const Storage *getStorage(mlir::Value value) const;
  /// From now on `value` is read through `provider`.
  void bind(mlir::Value value, Provider provider);
  void unbind(mlir::Value value);

  /// An element builder for `lanes` neighbours at the current position. With a
  /// `mask` (vector of i1), loads read the lanes that it has set only.
  ElementBuilder elements(int64_t lanes, mlir::Value mask = {});

  /// A dim as an index value, made once in the function's entry block.
  mlir::Value dim(DimAttr dim);

  /// Loads and stores of elements (vectors where the index or value is one).
  mlir::FailureOr<mlir::Value> load(ElementBuilder &elements,
                                    const Storage &storage,
                                    llvm::ArrayRef<Index> index,
                                    mlir::Value mask);
  mlir::LogicalResult store(ElementBuilder &elements, const Storage &storage,
                            llvm::ArrayRef<Index> index, mlir::Value value,
                            mlir::Value mask);

  /// The number of positions that a row of a state holds.
  mlir::Value stateLength(const Storage &storage, mlir::Value row);
  /// `op` is read from the places of its state.
  void bindLengths(StateLengthsOp op, const Storage &storage);

  /// Emits a score or other scalar region: index-typed arguments are given as
  /// indices, the others as elements. Returns what it yields.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>>
  emitRegion(ElementBuilder &elements, mlir::Block &block,
             llvm::ArrayRef<std::variant<Index, mlir::Value>> arguments,
             llvm::ArrayRef<mlir::Value> captures);

  /// One index of such a region, an `index` value that is equal in all lanes,
  /// and what it needs. Index-typed or integer.
  mlir::FailureOr<mlir::Value>
  emitRegionIndex(ElementBuilder &elements, mlir::Block &block,
                  llvm::ArrayRef<std::variant<Index, mlir::Value>> arguments,
                  llvm::ArrayRef<mlir::Value> captures, mlir::Value index);

  /// a * b + c, rounded once if `asOne`.
  mlir::Value multiplyAdd(bool asOne, mlir::Value a, mlir::Value b,
                          mlir::Value c);

  //===--------------------------------------------------------------------===//
  // Loops
  //===--------------------------------------------------------------------===//

  mlir::Value constant(int64_t value);

  /// From here on, emits into `if (condition)`; whoever calls this restores the
  /// insertion point.
  void enterIf(mlir::Value condition);

  /// for i in low .. high by step, carrying values.
  using LoopBody = std::function<llvm::SmallVector<mlir::Value>(
      mlir::Value i, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> loop(mlir::Value low, mlir::Value high,
                                      mlir::Value step,
                                      mlir::ValueRange initial,
                                      const LoopBody &body);
  llvm::SmallVector<mlir::Value> loop(mlir::Value low, mlir::Value high,
                                      int64_t step, mlir::ValueRange initial,
                                      const LoopBody &body) {
    return loop(low, high, constant(step), initial, body);
  }

  /// Part `part` of `whole` in `parts` even ones, which differ by one at most:
  /// where it begins and how long it is.
  std::pair<mlir::Value, mlir::Value>
  splitEvenly(mlir::Value whole, mlir::Value parts, mlir::Value part);

  /// Runs the code that `body` writes for `count`, which is 1 .. most: for each
  /// of these numbers there is code of its own.
  void forCount(mlir::Value count, int64_t most,
                llvm::function_ref<void(int64_t count)> body);

  /// Runs `body` over 0 .. size in steps of `lanes`: whole vectors first, then
  /// one partial vector with a mask. `body` gets the first index of the vector
  /// and the mask (null for whole vectors).
  using VectorBody = std::function<llvm::SmallVector<mlir::Value>(
      const Index &first, mlir::Value mask, mlir::ValueRange carried)>;
  llvm::SmallVector<mlir::Value> vectorLoop(DimAttr size, int64_t lanes,
                                            mlir::ValueRange initial,
                                            VectorBody body);

  /// Set when something couldn't be emitted. Emission goes on with poison, so
  /// that loop bodies stay simple; the caller throws the code away.
  bool hasFailed = false;
  /// The value, or poison of a type and hasFailed.
  mlir::Value orPoison(mlir::FailureOr<mlir::Value> value, mlir::Type type);

private:
  mlir::FailureOr<mlir::Value> read(ElementBuilder &elements, mlir::Value mask,
                                    mlir::Value tensor,
                                    llvm::ArrayRef<Index> index);

  mlir::FailureOr<mlir::Value> loadAt(ElementBuilder &elements,
                                      const Storage &storage, const Index &at,
                                      mlir::Value mask);
  mlir::LogicalResult storeAt(ElementBuilder &elements, const Storage &storage,
                              const Index &at, mlir::Value value,
                              mlir::Value mask);

  // States (StateCode.cpp).
  Index placeInState(ElementBuilder &elements, const Storage &storage,
                     llvm::ArrayRef<Index> index);
  llvm::SmallVector<Index> laneIndex(llvm::ArrayRef<Index> index,
                                     mlir::Value mask, int64_t lane);
  /// A vector of elements made one by one, unless all indices are uniform.
  mlir::FailureOr<mlir::Value>
  gatherLanes(ElementBuilder &elements, llvm::ArrayRef<Index> index,
              mlir::Value mask, mlir::Type type,
              llvm::function_ref<mlir::Value(llvm::ArrayRef<Index>)> element);
  mlir::FailureOr<mlir::Value> loadState(ElementBuilder &elements,
                                         const Storage &storage,
                                         llvm::ArrayRef<Index> index,
                                         mlir::Value mask);
  mlir::LogicalResult storeState(ElementBuilder &elements,
                                 const Storage &storage,
                                 llvm::ArrayRef<Index> index, mlir::Value value,
                                 mlir::Value mask);

  /// What has been read, by the block it was read in: reading an element again
  /// where an earlier read dominates gives the same value, not the same code.
  struct Read {
    mlir::Value tensor, mask, result;
    llvm::SmallVector<Index> index;
  };
  mlir::Value findRead(mlir::Value tensor, mlir::Value mask,
                       llvm::ArrayRef<Index> index) const;
  llvm::DenseMap<mlir::Block *, std::vector<Read>> reads;

  llvm::DenseMap<mlir::Value, Storage> storages;
  llvm::DenseMap<mlir::Value, Provider> providers;
  llvm::DenseMap<DimAttr, mlir::Value> dims;
  /// Dims are computed at the top of this block, after this op.
  mlir::Block *entry;
  mlir::Operation *lastDim = nullptr;
};

/// Writes a kernel whose emitter is made with the one op of its kind that it
/// holds; `rule` is what an error says if it holds none or several.
template <typename EmitterT, typename OpT, typename KernelT>
mlir::LogicalResult emitOnly(KernelT &kernel, const char *rule) {
  if (OpT op = kernel.code.template findOnly<OpT>())
    return EmitterT(kernel, op).emit();
  return mlir::emitError(kernel.loc, rule);
}
constexpr const char *oneProduct = "a matmul kernel holds one product";
constexpr const char *oneAttention = "an attention kernel holds one attention";

} // namespace tenon

#endif // TENON_CODEGEN_KERNELCODE_H
