//===- Resample.cpp - the hot loops of image preparation, in Halide -------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Generators that run when Tenon is built, once for each set of CPU features;
// the runtime links what they make and no Halide. What is computed is defined
// first in each; the schedule follows, by the width of the target's vectors.
//
// Images are rows of bytes. Weights are fixed-point numbers with 22 bits behind
// the point, so that results equal Pillow's bit by bit: a pass begins with
// half, adds, shifts, and clamps to a byte.
//
//===----------------------------------------------------------------------===//

#include "Halide.h"

using namespace Halide;

namespace {

constexpr int weightBits = 22;

/// What sums of weighted bytes begin with, so that toByte() rounds them.
constexpr int half = 1 << (weightBits - 1);

Expr toByte(const Expr &sum) {
  return cast<uint8_t>(clamp(sum >> weightBits, 0, 255));
}

/// How many 32-bit numbers a vector of the target has.
int lanes32(const Target &target) { return target.natural_vector_size<int>(); }

/// The sum whose parts these are: of weighted bytes, where weight = high * 2^16
/// + low, both signed. As |low| <= |weight|, no sum of products of these
/// overflows; of the other sum only the last 16 bits matter, so it may wrap.
Expr joinParts(const Expr &high, const Expr &low) {
  return reinterpret<int>((cast<uint32_t>(high) << 16) + cast<uint32_t>(low));
}

/// Whether passes with exact sums multiply bytes where that is enough; with
/// vectors of 64 bytes, sixteen rows are too few for that to pay. Passes over
/// rows read bytes then, and words elsewhere (see StripFunctions).
bool multipliesBytes(const Target &target) {
  return target.has_feature(Target::AVX2) &&
         !target.has_feature(Target::AVX512);
}

/// A pass over the rows of a strip of RGB, which lies in memory so that lanes
/// are rows (see Strip.h): output pixel x is the sum of pixels from pair
/// first(x) on, each times its weight. There are as many of them as are needed
/// at once, a power of two of pairs: pair p is where pair p + lastPair + 1 will
/// be.
///
/// Processors multiply 16-bit numbers and add the products two by two in one
/// instruction, at twice the speed of 32-bit products. Weights have more bits.
template <typename Pass> class RowPass : public Generator<Pass> {
public:
  template <typename T> using Input = GeneratorInput<T>;

  Input<int> lastPair{"lastPair"};
  Input<Buffer<int, 1>> first{"first"};

  /// Pixels, [pair, channel, row, of pair], come as `type`.
  void configureAs(const Type &type) {
    packed = this->template add_input<Buffer<>>("packed", type, 4);
  }

protected:
  static constexpr int rows = 16;

  Expr pixel(const Expr &ofPair, const Expr &pair) {
    Expr at = unsafe_promise_clamped((first(x) + pair) & lastPair, 0,
                                     packed->dim(3).max());
    return cast<int16_t>((*packed)(ofPair, row, c, at));
  }

  /// To `sum`, whose start is defined.
  void addPairs(Func &sum, GeneratorInput<Buffer<int16_t, 3>> &weights) {
    weights.dim(0).set_bounds(0, 2).set_stride(1);
    weights.dim(1).set_stride(2);
    if (!taps.defined())
      taps = RDom({{0, 2}, {0, weights.dim(1).extent()}});
    sum(row, c, x) += cast<int>(pixel(taps.x, taps.y)) *
                      cast<int>(weights(taps.x, taps.y, x));
  }

  /// The sums of some rows are in registers.
  void scheduleSums(Func output, const std::vector<Func> &sums, int lanes) {
    packed->dim(0).set_bounds(0, 2).set_stride(1);
    packed->dim(1).set_bounds(0, rows).set_stride(2);
    packed->dim(2).set_bounds(0, 3).set_stride(2 * rows);
    packed->dim(3).set_stride(6 * rows);
    std::vector<OutputImageParam> results = output.output_buffers();
    results[0].dim(0).set_bounds(0, rows);
    results[0].dim(1).set_bounds(0, 3);
    for (OutputImageParam result : results) {
      result.dim(0).set_stride(1);
      result.dim(1).set_stride(rows);
      result.dim(2).set_stride(3 * rows);
    }
    Var outer("outer"), inner("inner");
    output.bound(row, 0, rows)
        .bound(c, 0, 3)
        .split(row, outer, inner, lanes)
        .reorder(inner, c, outer, x)
        .vectorize(inner)
        .unroll(c);
    for (Func sum : sums) {
      sum.compute_at(output, outer).store_in(MemoryType::Stack);
      sum.vectorize(row, lanes).unroll(c);
    }
  }

  void schedulePairs(Func sum, int lanes) {
    sum.update()
        .reorder(taps.x, row, c, taps.y)
        .atomic()
        .vectorize(taps.x)
        .vectorize(row, lanes)
        .unroll(c);
  }

  Var row{"row"}, c{"c"}, x{"x"};
  RDom taps;
  GeneratorInput<Buffer<>> *packed = nullptr;
};

/// One whose sums are exact, with weights in parts (see joinParts()).
class Rows : public RowPass<Rows> {
public:
  Input<Buffer<int16_t, 3>> lows{"lows"}; ///< [x, pair, of pair]
  Input<Buffer<int16_t, 3>> highs{"highs"};
  Input<Buffer<int8_t, 3>> highBytes{"highBytes"}; ///< The same.
  Output<Buffer<uint8_t, 3>> output{"output"};     ///< [pixel, channel, row]

  void configure() {
    configureAs(multipliesBytes(get_target()) ? Type(UInt(8)) : Int(16));
  }

  void generate() {
    low(row, c, x) = half;
    addPairs(low, lows);
    if (multipliesBytes(get_target())) {
      pair = RDom(0, 2);
      highPair(row, c, x, t) = cast<int16_t>(0);
      highPair(row, c, x, t) =
          saturating_add(highPair(row, c, x, t),
                         pixel(pair, t) * cast<int16_t>(highBytes(pair, t, x)));
      tap = RDom(0, lows.dim(1).extent());
      high(row, c, x) = cast<uint16_t>(0);
      high(row, c, x) += cast<uint16_t>(highPair(row, c, x, tap));
    } else {
      high(row, c, x) = 0;
      addPairs(high, highs);
    }
    output(row, c, x) = toByte(joinParts(high(row, c, x), low(row, c, x)));
  }

  void schedule() {
    bool bytes = multipliesBytes(get_target());
    int lanes = bytes ? rows : lanes32(get_target());
    highBytes.dim(0).set_bounds(0, 2).set_stride(1);
    highBytes.dim(1).set_stride(2);
    scheduleSums(output, {low, high}, lanes);
    schedulePairs(low, lanes);
    if (bytes) {
      high.update().reorder(row, c, tap).vectorize(row, lanes).unroll(c);
      highPair.compute_at(high, c).vectorize(row);
      // Never so much that the order of the two matters.
      highPair.update().atomic(true).vectorize(pair).vectorize(row);
    } else {
      schedulePairs(high, lanes);
      high.update().compute_with(low.update(), taps.y);
    }
  }

private:
  Var t{"t"};
  RDom pair, tap;
  Func highPair{"highPair"};
  Func low{"low"}, high{"high"};
};

/// One with weights rounded to 16 bits, so that sums have `bits` behind the
/// point: half the products. The exact sum lies between the one that begins
/// with start(x) and that plus slack(x); if both are the same byte, so is the
/// exact one. Whether they aren't, which is rare, is the second result; see
/// CoarseWeights.
class CoarseRows : public RowPass<CoarseRows> {
public:
  Input<Buffer<int16_t, 3>> weights{"weights"}; ///< [x, pair, of pair]
  Input<Buffer<int, 1>> start{"start"}, slack{"slack"};
  Input<int> bits{"bits"};
  /// Both [pixel, channel, row].
  Output<Func> output{"output", {UInt(8), UInt(8)}, 3};

  void configure() { configureAs(Int(16)); }

  void generate() {
    sum(row, c, x) = start(x);
    addPairs(sum, weights);
    Expr shift = cast<uint32_t>(bits);
    Expr least = sum(row, c, x) >> shift;
    Expr most = (sum(row, c, x) + slack(x)) >> shift;
    output(row, c, x) = Tuple(cast<uint8_t>(clamp(least, 0, 255)),
                              cast<uint8_t>(clamp(most - least, 0, 255)));
  }

  void schedule() {
    int lanes = std::min(rows, 2 * lanes32(get_target()));
    scheduleSums(output, {sum}, lanes);
    schedulePairs(sum, lanes);
  }

private:
  Func sum{"sum"};
};

/// The inputs of a pass over columns: rows are in pairs, and output row y is
/// the sum of rows from pair first(y) on.
///
/// These sums are exact, with weights in parts. Bytes by 8-bit numbers are
/// multiplied at twice the speed of 16-bit ones: high parts are bytes. A pair
/// of those products doesn't overflow: two weights are less than 2 together.
template <typename Pass> class ColumnPass : public Generator<Pass> {
public:
  template <typename T> using Input = GeneratorInput<T>;

  Input<Buffer<uint8_t, 3>> source{"source"}; ///< [pair, byte, of pair]
  Input<Buffer<int, 1>> first{"first"};
  Input<Buffer<int16_t, 3>> lows{"lows"}; ///< [output row, pair, of pair]
  Input<Buffer<int16_t, 3>> highs{"highs"};
  Input<Buffer<int8_t, 3>> highBytes{"highBytes"}; ///< The same.

protected:
  /// As bytes.
  Func addRows() {
    taps = RDom({{0, 2}, {0, lows.dim(1).extent()}});
    auto at = [&](const Expr &tap) {
      return unsafe_promise_clamped(first(y) + tap, 0, source.dim(2).max());
    };
    Expr value = cast<int>(cast<int16_t>(source(taps.x, i, at(taps.y))));
    low(i, y) = half;
    low(i, y) += value * cast<int>(lows(taps.x, taps.y, y));
    if (multipliesBytes(this->get_target())) {
      pair = RDom(0, 2);
      highPair(i, y, t) = cast<int16_t>(0);
      highPair(i, y, t) = saturating_add(
          highPair(i, y, t), cast<int16_t>(source(pair, i, at(t))) *
                                 cast<int16_t>(highBytes(pair, t, y)));
      tap = RDom(0, lows.dim(1).extent());
      high(i, y) = cast<uint16_t>(0);
      high(i, y) += cast<uint16_t>(highPair(i, y, tap));
    } else {
      high(i, y) = 0;
      high(i, y) += value * cast<int>(highs(taps.x, taps.y, y));
    }
    Func bytes("bytes");
    bytes(i, y) = toByte(joinParts(high(i, y), low(i, y)));
    return bytes;
  }

  /// How many bytes have their sums in registers.
  int width() const { return 4 * lanes32(this->get_target()); }

  void scheduleSums(const Func &bytes, const Var &at) {
    source.dim(0).set_bounds(0, 2).set_stride(1);
    source.dim(1).set_stride(2);
    for (auto *weights : {&lows, &highs}) {
      weights->dim(0).set_bounds(0, 2).set_stride(1);
      weights->dim(1).set_stride(2);
    }
    highBytes.dim(0).set_bounds(0, 2).set_stride(1);
    highBytes.dim(1).set_stride(2);
    for (Func sum : {low, high}) {
      sum.compute_at(bytes, at).store_in(MemoryType::Stack);
      sum.bound_extent(i, width()).vectorize(i, width());
    }
    auto addPairs = [&](Func sum) {
      sum.update()
          .reorder(taps.x, i, taps.y)
          .atomic()
          .vectorize(taps.x)
          .vectorize(i, width());
    };
    addPairs(low);
    if (multipliesBytes(this->get_target())) {
      high.update().reorder(i, tap).vectorize(i, width());
      highPair.compute_at(high, tap).vectorize(i);
      highPair.update().atomic(true).vectorize(pair).vectorize(i);
    } else {
      addPairs(high);
      high.update().compute_with(low.update(), taps.y);
    }
  }

  Var i{"i"}, y{"y"}, t{"t"};

private:
  RDom taps, pair, tap;
  Func highPair{"highPair"}, low{"low"}, high{"high"};
};

/// One pass over columns, from bytes to bytes.
class Columns : public ColumnPass<Columns> {
public:
  Output<Buffer<uint8_t, 2>> output{"output"};

  void generate() { output(i, y) = addRows()(i, y); }

  void schedule() {
    Var outer("outer"), inner("inner");
    Func(output).split(i, outer, inner, width(), TailStrategy::GuardWithIf);
    Func(output).vectorize(inner);
    scheduleSums(output, outer);
  }
};

/// The last pass of a pipeline: a pass over columns of RGB, a window of its
/// result, and for each byte a number from the table of its channel, into
/// planes.
class Planes : public ColumnPass<Planes> {
public:
  Input<Buffer<float, 2>> table{"table"};    ///< [channel, byte]
  Output<Buffer<float, 3>> output{"output"}; ///< [channel, row, column]

  void generate() {
    bytes = addRows();
    output(x, y, c) = table(cast<int>(bytes(3 * x + c, y)), c);
  }

  void schedule() {
    constexpr int tile = 64; // Pixels; their bytes are on the stack.
    Var outer("outer"), inner("inner");
    Func(output)
        .bound(c, 0, 3)
        .split(x, outer, inner, tile, TailStrategy::GuardWithIf)
        .reorder(inner, c, outer, y)
        .vectorize(inner, lanes32(get_target()), TailStrategy::GuardWithIf)
        .unroll(c);
    Var bi = bytes.args()[0], outerByte("outerByte");
    bytes.compute_at(output, outer)
        .store_in(MemoryType::Stack)
        .bound_extent(bi, 3 * tile)
        .split(bi, outerByte, bi, width(), TailStrategy::RoundUp)
        .vectorize(bi);
    scheduleSums(bytes, outerByte);
  }

private:
  Var x{"x"}, c{"c"};
  Func bytes;
};

/// Pixels that are the means of blocks of factorX times factorY pixels, from
/// the start of the source on. The multiplier is 2^24 divided by their number.
class Reduce : public Generator<Reduce> {
public:
  Input<Buffer<uint8_t, 1>> source{"source"}; ///< All rows.
  Input<int> pitch{"pitch"};                  ///< Bytes from row to row.
  Input<int> factorX{"factorX"}, factorY{"factorY"};
  Input<uint32_t> multiplier{"multiplier"};
  Output<Buffer<uint8_t, 3>> output{"output"}; ///< [row, pixel, channel]

  void generate() {
    RDom block(0, factorX, 0, factorY);
    Expr at = (y * factorY + block.y) * pitch + 3 * (x * factorX + block.x) + c;
    sums(c, x, y) = cast<uint32_t>(0);
    sums(c, x, y) += cast<uint32_t>(
        source(unsafe_promise_clamped(at, 0, source.dim(0).max())));
    Expr rounding = cast<uint32_t>(factorX * factorY / 2);
    output(c, x, y) =
        cast<uint8_t>(((sums(c, x, y) + rounding) * multiplier) >> 24);
  }

  void schedule() {
    output.dim(0).set_bounds(0, 3).set_stride(1);
    output.dim(1).set_stride(3);
    Func(output).bound(c, 0, 3).reorder(c, x, y).unroll(c);
    sums.compute_at(output, x).store_in(MemoryType::Stack).unroll(c);
    sums.bound_extent(c, 3);
    RVar bx = sums.rvars()[0], by = sums.rvars()[1];
    sums.update().reorder(c, bx, by).unroll(c);
  }

private:
  Var c{"c"}, x{"x"}, y{"y"};
  Func sums{"sums"};
};

/// Floats: output row y is the sum of rows index(t, y) times weight(t, y).
class ColumnsFloat : public Generator<ColumnsFloat> {
public:
  GeneratorParam<int> count{"count", 2}; ///< Taps: 2 linear, 4 cubic.
  Input<Buffer<float, 2>> source{"source"};
  Input<Buffer<int, 2>> index{"index"};
  Input<Buffer<float, 2>> weight{"weight"};
  Output<Buffer<float, 2>> output{"output"};

  void generate() {
    Expr sum = 0.0f;
    for (int t = 0; t < count; ++t)
      sum += weight(t, y) * source(x, unsafe_promise_clamped(
                                          index(t, y), 0, source.dim(1).max()));
    output(x, y) = sum;
  }
  void schedule() {
    Func(output).vectorize(x, lanes32(get_target()), TailStrategy::GuardWithIf);
  }

private:
  Var x{"x"}, y{"y"};
};

/// The same along rows.
class RowsFloat : public Generator<RowsFloat> {
public:
  GeneratorParam<int> count{"count", 2};
  Input<Buffer<float, 2>> source{"source"};
  Input<Buffer<int, 2>> index{"index"};     ///< [tap, output column]
  Input<Buffer<float, 2>> weight{"weight"}; ///< [tap, output column]
  Output<Buffer<float, 2>> output{"output"};

  void generate() {
    Expr sum = 0.0f;
    for (int t = 0; t < count; ++t)
      sum += weight(x, t) *
             source(unsafe_promise_clamped(index(x, t), 0, source.dim(0).max()),
                    y);
    output(x, y) = sum;
  }
  void schedule() {
    Func(output).vectorize(x, lanes32(get_target()), TailStrategy::GuardWithIf);
  }

private:
  Var x{"x"}, y{"y"};
};

} // namespace

HALIDE_REGISTER_GENERATOR(Rows, rows)
HALIDE_REGISTER_GENERATOR(CoarseRows, coarse_rows)
HALIDE_REGISTER_GENERATOR(Columns, columns)
HALIDE_REGISTER_GENERATOR(Planes, planes)
HALIDE_REGISTER_GENERATOR(Reduce, reduce)
HALIDE_REGISTER_GENERATOR(ColumnsFloat, columns_float)
HALIDE_REGISTER_GENERATOR(RowsFloat, rows_float)
