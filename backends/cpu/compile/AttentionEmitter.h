//===- AttentionEmitter.h - attention with a score region -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_COMPILE_ATTENTIONEMITTER_H
#define TENON_BACKENDS_CPU_COMPILE_ATTENTIONEMITTER_H

#include "backends/cpu/compile/CpuKernel.h"
#include "backends/cpu/compile/MatrixUnit.h"

#include "codegen/AttentionLimit.h"
#include "dialect/ScalarMath.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"

#include <algorithm>

namespace tenon::cpu {

/// What kernels around one attention have in common, whatever is multiplied.
class AttentionEmitter : protected CpuEmitter {
public:
  AttentionEmitter(CpuKernel &kernel, AttentionOp op)
      : CpuEmitter(kernel), op(op), limit(op) {}
  virtual ~AttentionEmitter() = default;

  mlir::LogicalResult emit();

protected:
  /// Reserves scratch, once sizes are known.
  virtual void allocate() = 0;
  /// Some chunks of the queries of `head`.
  virtual void emitHead(mlir::Value firstChunk, mlir::Value lastChunk) = 0;

  bool usesUnit() const { return kernel.schedule.getDot() == DotUnit::Matrix; }
  /// The first query of a chunk, and how many it has.
  std::pair<mlir::Value, mlir::Value> queriesOf(mlir::Value chunk);
  /// Runs `body` for tiles of `height` queries, then of half of that, and so on
  /// down to 1.
  void forTiles(mlir::Value queries, int64_t height,
                llvm::function_ref<void(int64_t rows, mlir::Value first)> body);
  /// How many of `keys` count for queries before `queries`.
  mlir::Value countKeys(mlir::Value queries, mlir::Value keys) {
    return limit.countKeys(code, batch, head,
                           at(sub(queries, code.constant(1)), queryCount),
                           keys);
  }
  /// Runs `body` with no more keys than count for a tile of queries.
  void withKeysOfTile(mlir::Value rows, mlir::Value firstQuery,
                      llvm::function_ref<void()> body);
  /// Runs `body` for so many rows at once of a tile's scores, from `first` on.
  void
  forScoreRows(mlir::Value rows,
               llvm::function_ref<void(int64_t count, mlir::Value first)> body);
  /// Runs `body` for tiles of as many queries as a matrix unit takes.
  void forUnitTiles(
      mlir::Value queries,
      llvm::function_ref<void(mlir::Value rows, mlir::Value first)> body);
  /// A tile of queries, of `steps` lines, times `tiles` tiles of keys from `j`
  /// on, to where scores will be.
  void multiplyKeyTiles(
      MatrixUnit::Factors factors, mlir::Value j, int64_t tiles, int64_t steps,
      llvm::function_ref<void(int64_t step)> loadQueries,
      llvm::function_ref<void(int64_t step, int64_t tile)> loadKeys);
  /// Queries `firstQuery` and those behind it.
  mlir::SmallVector<Index> placesOf(int64_t rows, mlir::Value firstQuery);
  /// Passes a vector of each query's scores, of keys from `offset` of the
  /// current block on, through the region, and stores it. Returns the running
  /// maxima, into which the lanes of `mask` are taken.
  mlir::SmallVector<mlir::Value> mapScores(mlir::ArrayRef<mlir::Value> products,
                                           mlir::ArrayRef<Index> places,
                                           mlir::Value offset, mlir::Value mask,
                                           mlir::ValueRange tops);
  /// Stores a vector of a query's result, features from `feature` on.
  void storeResultVector(mlir::Value result, mlir::Value query,
                         int64_t feature);
  /// How many keys of the current block count for any query of a tile.
  mlir::Value keysOfTile(mlir::Value rows, mlir::Value firstQuery);
  mlir::Value sumLanes(mlir::Value vector);
  /// None may be no number. LLVM's reductions to a maximum take one lane after
  /// the other.
  mlir::Value largestLane(mlir::Value vector);
  /// The lanes that have a feature, if `count` ends before them.
  mlir::Value featureMask(int64_t first, int64_t count);
  /// An element builder for features from `first` of `count` on, with that
  /// mask, and their index.
  std::pair<ElementBuilder, Index> featuresFrom(int64_t first, int64_t count);
  /// What a row's sums are divided by; nothing is left where there are no keys.
  mlir::Value inverse(mlir::Value total);
  /// Transposes `lanes` vectors in registers.
  void transpose(mlir::MutableArrayRef<mlir::Value> rows);

  Index at(mlir::Value value, DimAttr size) {
    return code.elements(1).uniform(value, 1, zero, size - 1);
  }
  mlir::Value number(double value) {
    return code.elements(1).constant(element, value);
  }
  mlir::Value splat(mlir::Value value) {
    return code.elements(lanes).splat(value);
  }
  /// The larger of two; `b` if `a` is no number.
  mlir::Value larger(mlir::Value a, mlir::Value b) {
    return emitLarger(builder, loc, a, b);
  }
  mlir::Value zeros() { return splat(number(0)); }
  /// How many of a tile's rows are summed to outputs at once: so many that they
  /// need no more registers than scores do.
  int64_t rowsOfOutput(int64_t rows) {
    uint64_t most = tileQueries * keyVectors / valueVectors;
    return std::clamp<int64_t>(llvm::bit_floor(most), 1, rows);
  }
  int64_t roundUp(int64_t size) { return llvm::alignTo(size, lanes); }
  /// The first multiple of `step` from `count` on.
  mlir::Value ceilTo(mlir::Value count, int64_t step) {
    return mul(mlir::arith::CeilDivUIOp::create(builder, loc, count,
                                                code.constant(step)),
               step);
  }
  mlir::Value scoreRow(int64_t row) {
    return mul(add(firstRow, code.constant(row)), code.dim(scoreStride));
  }
  mlir::Value loadVector(const Storage &from, mlir::Value position) {
    return mlir::vector::LoadOp::create(
        builder, loc, mlir::VectorType::get(lanes, element), from.buffer,
        mlir::ValueRange{position});
  }
  void storeVector(mlir::Value value, const Storage &to, mlir::Value position) {
    mlir::vector::StoreOp::create(builder, loc, value, to.buffer,
                                  mlir::ValueRange{position});
  }
  /// The keys that count, so many at a time; of the last ones some may not be.
  mlir::SmallVector<mlir::Value>
  overKeys(int64_t keys, mlir::ValueRange carried,
           llvm::function_ref<mlir::SmallVector<mlir::Value>(
               mlir::Value j, bool isWhole, mlir::ValueRange)>
               body);
  /// The lanes from key `j` on that count, if not all do.
  mlir::Value keyMask(mlir::Value j, bool isWhole) {
    return isWhole ? mlir::Value() : maskFor(sub(keysHere, j));
  }
  /// Steps of `unroll` over 0 .. size, then single steps.
  mlir::SmallVector<mlir::Value>
  unrolled(DimAttr size, mlir::ValueRange carried,
           llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::Value,
                                                             mlir::ValueRange)>
               body);
  mlir::SmallVector<mlir::Value>
  unrolled(mlir::Value size, mlir::ValueRange carried,
           llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::Value,
                                                             mlir::ValueRange)>
               body);

  AttentionOp op;

  DimAttr batches, heads, queryCount, keyCount, chunks;
  int64_t depth, features; ///< Of a query, of a value.
  int64_t tileQueries, keyVectors, valueVectors, unroll;
  int64_t chunkSize, blockSize;
  mlir::Type element;

  Storage scores; ///< Of the current tile.
  DimAttr scoreStride;
  /// Of the tile's rows, the first that is at work.
  mlir::Value firstRow;
  Index batch, head;
  /// How many keys the current batch has: of a state, as many as its row holds.
  mlir::Value keysOfRow;
  KeyLimit limit;
  mlir::Value firstKey, keysHere; ///< Of the current block.
  std::vector<StorePath> paths;
  std::optional<MatrixUnit> unit;
  /// Rows whose scores are made at once of what the unit multiplied: more of
  /// them need more registers than there are.
  static constexpr int64_t rowsAtOnce = 4;

private:
  mlir::LogicalResult prepare();
};

/// Multiplies numbers, in blocks of keys: as they are, or rounded to bf16.
class NumberAttentionEmitter : public AttentionEmitter {
public:
  using AttentionEmitter::AttentionEmitter;

protected:
  void allocate() override;
  void emitHead(mlir::Value firstChunk, mlir::Value lastChunk) override;

private:
  /// Some queries of a chunk.
  struct TileRows {
    int64_t count;
    mlir::Value firstQuery, firstInChunk;
  };

  void packKeys();
  void packValues();
  void packQueries(mlir::Value firstQuery, mlir::Value rows);
  /// Features of a query, key or value, and those as they are multiplied.
  mlir::Value readNumbers(mlir::Value tensor, const Index &place, int64_t first,
                          int64_t count);
  mlir::Value readFactors(mlir::Value tensor, const Index &place, int64_t first,
                          int64_t count);
  /// Words of a query or a key, zeros behind its last feature.
  mlir::Value readWords(mlir::Value tensor, const Index &place, int64_t first);
  void emitTile(const TileRows &tile);
  /// Of a tile's rows, what is subtracted from scores, and what earlier sums
  /// are multiplied by.
  struct Shifts {
    mlir::SmallVector<mlir::Value> shifts, rescale;
  };
  Shifts updateTops(const TileRows &tile, mlir::ArrayRef<mlir::Value> tops);
  mlir::SmallVector<mlir::Value> updateSums(const TileRows &tile,
                                            mlir::ArrayRef<mlir::Value> rescale,
                                            mlir::ArrayRef<mlir::Value> totals);
  mlir::SmallVector<mlir::Value> emitScores(int64_t rows,
                                            mlir::Value firstQuery);
  mlir::SmallVector<mlir::Value>
  emitScoreVectors(int64_t rows, mlir::Value firstQuery, mlir::Value j,
                   int64_t vectors, mlir::Value mask, mlir::ValueRange tops);
  mlir::SmallVector<mlir::Value> emitProducts(mlir::ArrayRef<Index> places,
                                              mlir::Value j, int64_t vectors);
  mlir::Value loadQuery(const Index &place, int64_t row, mlir::Value word);
  mlir::SmallVector<mlir::Value> emitWeights(int64_t rows,
                                             mlir::ArrayRef<mlir::Value> tops);
  void emitOutput(const TileRows &tile, mlir::ArrayRef<mlir::Value> rescale,
                  mlir::ArrayRef<mlir::Value> sums);
  /// What a block adds to the outputs of rows, vectors of features from `first`
  /// on; the last block's are results.
  void storeOutput(const TileRows &tile,
                   mlir::MutableArrayRef<mlir::Value> added, int64_t first,
                   mlir::ArrayRef<mlir::Value> rescale,
                   mlir::ArrayRef<mlir::Value> scales);

  // With a matrix unit (AttentionBFloats.cpp).
  void allocateUnit();
  void packValuePairs();
  void emitUnitTile(mlir::Value rows, mlir::Value firstQuery,
                    mlir::Value firstInChunk);
  /// Where the words of key `j` begin: a panel has all words of some keys, so
  /// that they are read in the order in which they lie, as those of values are.
  mlir::Value placeInPanels(mlir::Value j);
  void multiplyKeys();
  /// Two vectors of weights, each the sum of two bf16 numbers: all upper ones,
  /// then all lower ones.
  void storeWeightHalves(mlir::ArrayRef<mlir::Value> weights,
                         mlir::Value position);
  void multiplyValues(mlir::Value rows, mlir::Value firstQuery,
                      mlir::Value firstInChunk);
  void multiplyValueTiles(int64_t first, int64_t tiles);
  /// The first feature of the panel of values that has `feature`, and how many
  /// it has.
  std::pair<int64_t, int64_t> valuePanel(int64_t feature) const {
    constexpr int64_t most = tilesOfValues * MatrixUnit::tileWords;
    int64_t first = feature / most * most;
    return {first, std::min(most, valueStride - first)};
  }
  /// Where a row's sums of half of its weights are, of a tile of features.
  mlir::Value partAt(mlir::Value row, int64_t half, int64_t tile) {
    return add(
        mul(row, 2 * tilesOfValues * MatrixUnit::tileWords),
        code.constant((half * tilesOfValues + tile) * MatrixUnit::tileWords));
  }
  /// Tiles of keys and of features that are multiplied at once: a product waits
  /// for the one before that adds to the same register, of which four hide
  /// that.
  static constexpr int64_t tilesOfKeys = 4, tilesOfValues = 2;
  static constexpr int64_t keysOfPanel = tilesOfKeys * MatrixUnit::tileWords;

  bool isRounded() { return bool(roundedTypeOf(op)); }
  /// Whether a word of a query or key is two features, not one.
  bool hasPairs() {
    return isRounded() && kernel.schedule.getDot() != DotUnit::None;
  }

  int64_t keyWords, queryStride;  ///< Words of a key, of a row of queries.
  int64_t keyStride, valueStride; ///< Of rows in scratch.
  Storage keys, values;           ///< Of the current block.
  Storage queries;                ///< Of a tile, if they are rounded.
  Storage tops, sums, outputs;    ///< Running, for the queries of a chunk.
  mlir::Value isFirst, isLast;

  Storage rescales; ///< For each query of a tile.
  Storage parts;    ///< Sums of a tile's weighted values.
};

/// Multiplies codes, all keys of a head at once.
class CodedAttentionEmitter : public AttentionEmitter {
public:
  using AttentionEmitter::AttentionEmitter;

protected:
  void allocate() override;
  void emitHead(mlir::Value firstChunk, mlir::Value lastChunk) override;

private:
  /// What a query's sums begin from and are scaled by.
  struct QueryRow {
    mlir::Value start, scale;
  };
  /// A row's scale, and what turns its elements into codes.
  struct Scaling {
    mlir::Value scale, factor;
  };

  void packKeys();
  void packValues();
  Scaling findScaling(mlir::Value tensor, const Index &place, int64_t width);
  /// The codes of a row's elements from `first` on, in words of 32 bits.
  mlir::Value makeCodes(mlir::Value tensor, const Index &place, int64_t first,
                        int64_t width, const Scaling &scaling);
  /// Rounds numbers to words of 32 bits.
  mlir::Value toWords(mlir::Value numbers);

  void emitTile(int64_t rows, mlir::Value firstQuery);
  /// Makes codes of `rows` queries.
  void packQueries(mlir::Value firstQuery, mlir::Value rows);
  mlir::SmallVector<QueryRow> queryRows(int64_t rows);
  /// Sums of the products of a tile's rows with a panel of keys.
  mlir::SmallVector<mlir::Value> emitScoreSums(mlir::ArrayRef<QueryRow> rows,
                                               mlir::Value j);
  mlir::SmallVector<mlir::Value> emitScores(mlir::ArrayRef<Index> places,
                                            mlir::ArrayRef<QueryRow> queries);
  mlir::SmallVector<mlir::Value>
  emitScorePanel(mlir::ArrayRef<Index> places, mlir::ArrayRef<QueryRow> queries,
                 mlir::Value j, bool isWhole, mlir::ValueRange tops);
  /// Makes weights of scores; returns what turns each row's sums of weighted
  /// codes into its result.
  mlir::SmallVector<mlir::Value> emitWeights(int64_t rows,
                                             mlir::ArrayRef<mlir::Value> tops);
  void storeWeights(int64_t rows, mlir::ArrayRef<mlir::Value> factors);
  void emitOutput(int64_t rows, mlir::Value firstQuery,
                  mlir::ArrayRef<mlir::Value> scales);
  /// Fills what a row of codes has from `first` to `last` on with zeros.
  void clearCodes(const Storage &to, mlir::Value row, int64_t first,
                  int64_t last);

  // With a matrix unit (AttentionMatrixUnit.cpp).
  void allocateUnit();
  void emitUnitTile(mlir::Value firstQuery, mlir::Value rows);
  /// All products of a tile's queries with keys, to where scores will be.
  void multiplyKeys();
  mlir::SmallVector<mlir::Value> loadScoreSums(int64_t rows, mlir::Value j);
  void storeWeightBytes(mlir::Value row, mlir::Value words, mlir::Value j);
  /// Zeros behind a row's weights, up to a whole tile.
  void clearLastWeights(mlir::Value row);
  void multiplyValues(mlir::Value firstQuery, mlir::Value rows);
  void multiplyValues(mlir::Value firstQuery, mlir::Value rows, int64_t panel,
                      int64_t width, int64_t first, int64_t tiles);

  mlir::VectorType wordType() const {
    return mlir::VectorType::get(lanes, builder.getI32Type());
  }
  mlir::Value wordConstant(int64_t value) {
    return emitSplat(builder, loc, wordType(), value);
  }
  mlir::Value toNumbers(mlir::Value words) {
    return mlir::arith::SIToFPOp::create(
        builder, loc, mlir::VectorType::get(lanes, element), words);
  }
  /// Codes from `position` on, as many as fill a vector of words.
  mlir::Value loadCodes(const Storage &from, mlir::Value position);
  void storeCodes(mlir::Value codes, const Storage &to, mlir::Value position);

  bool usesBytes() const { return kernel.schedule.getDot() != DotUnit::None; }
  /// Whether keys are unsigned bytes.
  bool addsToKeys() const { return usesBytes() && !usesUnit(); }
  /// Codes of a query or a key in a word of 32 bits.
  int64_t perWord() const { return usesBytes() ? 4 : 2; }
  /// Codes of a value's feature.
  int64_t valuesPerWord() const { return usesUnit() ? 4 : 2; }
  static constexpr int64_t largestWeight = 32767, largestCode = 127;
  /// So many keys' products with weights 32 bits hold the sum of.
  static constexpr int64_t mostKeysOfSum = 512;

  int64_t keySteps, keyPanel;      ///< Words of a key; keys of a panel.
  int64_t queryStride, lineStride; ///< In codes.
  DimAttr valueWords;              ///< Of a feature, for all keys.
  Storage keyCodes, valueCodes;    ///< In panels, of a head.
  Storage keyScales, valueScales;  ///< For each key.
  Storage lines;                   ///< Codes of some keys.
  Storage queries, weights;        ///< Codes of a tile.
  Storage queryScales;             ///< For each query of a tile.
  Storage querySums;               ///< The same, if addsToKeys().

  /// Bytes of a row of weights; the upper ones of all rows come first.
  DimAttr weightStride;
  Storage resultScales; ///< For each query of a tile.
  Storage parts;        ///< Sums of upper bytes, then of lower ones.
  Storage totals;       ///< Of all sums so far.
};

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_COMPILE_ATTENTIONEMITTER_H
