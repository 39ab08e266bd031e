//===- AttentionCodes.h - attention of 8-bit codes, on GPUs -----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The arithmetic is what the op's description says. Sums of codes' products are
// integers, in any order, so only what is done to them afterwards is rounded.
//
// Weights are parts of the largest of a row, over all keys. So a workgroup goes
// along the keys twice: first it finds each row's largest score and largest
// product of a weight and its value's scale, then it makes weights and adds
// values up. Each time it makes codes of a block's keys (and values) anew, as
// workgroups have no memory in common.
//
// Shared memory has four codes in a word: of four features of a query or key,
// and of four keys of a feature of the values. Where there is an instruction
// for it, products of two words are summed at once, and a weight, of 15 bits,
// is two codes: less 2^14, it is 128 times the one and the other, which has 7
// bits. 2^14 times the sum of values makes up for that.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_GPU_ATTENTIONCODES_H
#define TENON_CODEGEN_GPU_ATTENTIONCODES_H

#include "codegen/gpu/AttentionEmitter.h"
#include "dialect/ScalarMath.h"

namespace tenon {

class GpuCodedAttentionEmitter : GpuAttentionEmitter {
public:
  /// Sums of codes are of whole blocks.
  GpuCodedAttentionEmitter(GpuKernel &kernel, AttentionOp op)
      : GpuAttentionEmitter(kernel, op) {
    canShareKeys = false;
  }

  mlir::LogicalResult emit();

private:
  /// Gives the tensor's row for one of a block.
  using RowAt = llvm::function_ref<Index(mlir::Value inBlock)>;

  /// What stands for rows of a block, in shared memory: they are multiplied
  /// with `factors` to give codes, and codes with `scales` to give numbers.
  struct RowScales {
    mlir::Value factors, scales;
  };

  void allocate() override;
  RowScales allocateScales(int64_t rows);

  // Making codes.
  int64_t partsOf(int64_t rows, const FeatureChunks &features) const;
  void findParts(mlir::Value tensor, int64_t rows, RowAt place,
                 const FeatureChunks &features, int64_t first);
  mlir::Value largestOf(mlir::Value row, const FeatureChunks &features,
                        int64_t rows, int64_t first);
  void storeScale(const RowScales &scales, mlir::Value row,
                  mlir::Value largest);
  void findQueryScales();
  /// Of keys and values of the current block.
  void findBlockScales();
  mlir::Value codesOf(mlir::Value numbers, mlir::Value factor);
  mlir::Value pack(llvm::ArrayRef<mlir::Value> codes);
  llvm::SmallVector<mlir::Value> unpack(mlir::Value word);
  void loadQueryCodes(int64_t chunk);
  void loadKeyCodes(int64_t chunk);
  void loadValueCodes(int64_t chunk);

  // The steps of a block.
  void emitCodedScores();
  void addProductsOf(llvm::ArrayRef<mlir::Value> queries,
                     llvm::ArrayRef<mlir::Value> keys, int64_t vector,
                     llvm::MutableArrayRef<mlir::Value> sums);
  llvm::SmallVector<mlir::Value> addCodes(llvm::ArrayRef<mlir::Value> sums);
  llvm::SmallVector<mlir::Value> scaleSums(llvm::ArrayRef<mlir::Value> sums);
  /// A row's largest score and largest product so far, and then.
  std::pair<mlir::Value, mlir::Value> findLargest(mlir::Value top,
                                                  mlir::Value most);
  /// The largest product of all of a row's threads; says what weights are
  /// multiples of.
  mlir::Value shareLargest(mlir::Value most);
  /// Of the four keys of a vector, a part of a row: numerators, and these times
  /// the scales of values.
  std::pair<mlir::Value, mlir::Value>
  numerators(mlir::Value at, mlir::Value vector, mlir::Value shift);
  mlir::Value emitCodedWeights(mlir::Value shift, mlir::Value factor,
                               mlir::Value sum);
  void storeWeights(mlir::Value weights, mlir::Value vector) override;
  llvm::SmallVector<mlir::Value>
  addCodedValues(llvm::ArrayRef<mlir::Value> outputs);
  llvm::SmallVector<mlir::Value> addWeighted(mlir::ValueRange sums,
                                             mlir::Value vector,
                                             mlir::Value values,
                                             llvm::ArrayRef<mlir::Value> rows);

  mlir::Value word(int64_t value) {
    return mlir::arith::ConstantIntOp::create(builder, loc, value, 32);
  }
  mlir::Value words(int64_t value) {
    return emitSplat(builder, loc, wordsType, value);
  }
  template <typename OpT> mlir::Value make(mlir::Value a, mlir::Value b) {
    return OpT::create(builder, loc, a, b);
  }
  mlir::Value lane(mlir::Value vector, int64_t i) {
    return mlir::vector::ExtractOp::create(builder, loc, vector, i);
  }
  mlir::Value fromLanes(llvm::ArrayRef<mlir::Value> lanes) {
    return mlir::vector::FromElementsOp::create(
        builder, loc, mlir::VectorType::get(quad, lanes[0].getType()), lanes);
  }
  mlir::Value splatWord(mlir::Value value) {
    return mlir::vector::BroadcastOp::create(builder, loc, wordsType, value);
  }
  /// The sum of the four products of two words' codes.
  mlir::Value dot(mlir::Value a, mlir::Value b);
  bool sumsDots() const { return kernel.schedule.getDot() == DotUnit::Vector; }

  mlir::VectorType wordsType;
  FeatureChunks wholeDepth, wholeFeatures;
  mlir::Value partMemory; ///< The largest magnitudes of parts of rows, as bits.
  RowScales queryScales, keyScales, valueScales;
  mlir::Value valueMemory;            ///< Words of a vector of features.
  mlir::Value highMemory, lowMemory;  ///< Both parts of weights, if any.
  mlir::Value mostMemory, unitMemory; ///< Of threads, and of rows.
};

} // namespace tenon

#endif // TENON_CODEGEN_GPU_ATTENTIONCODES_H
