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
// the point, so that results equal Pillow's bit by bit: a pass adds half,
// shifts, and clamps to a byte. Padded weights are zero, so what they read is
// of no matter, but it is read: memory must go on for `slack` bytes
// (Image::slack) behind each source.
//
//===----------------------------------------------------------------------===//

#include "Halide.h"

using namespace Halide;

namespace {

constexpr int weightBits = 22;

Expr toByte(const Expr &sum) {
  return cast<uint8_t>(
      clamp((sum + (1 << (weightBits - 1))) >> weightBits, 0, 255));
}

/// How many 32-bit numbers a vector of the target has.
int lanes32(const Target &target) { return target.natural_vector_size<int>(); }

/// One pass over rows of RGB: output pixel x of a row is the sum of `taps`
/// pixels from byte first(x) on, each times its weight. `weight` has each
/// weight three times, once for each channel, and a multiple of 3 * block() of
/// them.
class Rows : public Generator<Rows> {
public:
  Input<Buffer<uint8_t, 1>> source{"source"}; ///< All rows.
  Input<int> pitch{"pitch"};                  ///< Bytes from row to row.
  Input<int> rows{"rows"};                    ///< Of the source.
  Input<Buffer<int, 1>> first{"first"};
  Input<Buffer<int, 2>> weight{"weight"};
  Output<Buffer<uint8_t, 3>> output{"output"}; ///< [row, pixel, channel]

  void generate() {
    // A step takes three vectors: as many pixels as a vector has lanes, so
    // that a lane always sees the same channel.
    int step = 3 * lanes32(get_target());
    Expr row = min(y, rows - 1); // Rows of the last block may not be there.
    Expr begin =
        unsafe_promise_clamped(row * pitch + first(x), 0, source.dim(0).max());
    steps = RDom(0, weight.dim(0).extent() / step);
    sums(l, x, y) = 0;
    sums(l, x, y) += cast<int>(source(begin + steps * step + l)) *
                     weight(steps * step + l, x);
    // The lanes of a channel are added in halves, vector by vector.
    Func whole = sums;
    for (int size = step / 2; size >= 3; size /= 2) {
      Func half("half" + std::to_string(size));
      half(l, x, y) = whole(l, x, y) + whole(l + size, x, y);
      halves.push_back(half);
      whole = half;
    }
    pixel(c, x, y) = toByte(whole(c, x, y));
    output(c, x, y) = pixel(c, x, y);
  }

  void schedule() {
    // Rows share the loads of weights: as many as have their sums in registers.
    int block = lanes32(get_target()) > 8 ? 4 : 2;
    output.dim(0).set_bounds(0, 3).set_stride(1);
    output.dim(1).set_stride(3);
    Var outer("outer"), inner("inner");
    Func(output)
        .bound(c, 0, 3)
        .split(y, outer, inner, block, TailStrategy::GuardWithIf)
        .reorder(c, inner, x, outer)
        .unroll(c)
        .unroll(inner);
    pixel.compute_at(output, inner).bound_extent(c, 3).vectorize(c);
    for (Func half : halves)
      half.compute_at(output, inner).vectorize(l);
    sums.compute_at(output, x).store_in(MemoryType::Stack);
    sums.bound_extent(l, 3 * lanes32(get_target())).bound_extent(y, block);
    sums.vectorize(l).unroll(y);
    sums.update().reorder(l, y, steps).vectorize(l).unroll(y);
  }

private:
  Var l{"l"}, c{"c"}, x{"x"}, y{"y"};
  RDom steps;
  Func sums{"sums"}, pixel{"pixel"};
  std::vector<Func> halves;
};

/// The sum of `taps` rows from row first(y) on, each times its weight, as
/// bytes.
Func addRows(const Func &source, const Func &first, const Func &weight,
             const RDom &taps, const Expr &lastRow, Func &sums) {
  Var i("i"), y("y");
  Expr row = unsafe_promise_clamped(first(y) + taps, 0, lastRow);
  sums(i, y) = 0;
  sums(i, y) += cast<int>(source(i, row)) * weight(taps, y);
  Func bytes("bytes");
  bytes(i, y) = toByte(sums(i, y));
  return bytes;
}

/// One pass over columns, from bytes to bytes.
class Columns : public Generator<Columns> {
public:
  Input<Buffer<uint8_t, 2>> source{"source"}; ///< [row, byte]
  Input<Buffer<int, 1>> first{"first"};
  Input<Buffer<int, 2>> weight{"weight"}; ///< [output row, tap]
  Output<Buffer<uint8_t, 2>> output{"output"};

  void generate() {
    taps = RDom(0, weight.dim(0).extent());
    output(i, y) =
        addRows(source, first, weight, taps, source.dim(1).max(), sums)(i, y);
  }

  void schedule() {
    int width = 4 * lanes32(get_target());
    Var outer("outer"), inner("inner");
    Func(output).split(i, outer, inner, width, TailStrategy::GuardWithIf);
    Func(output).vectorize(inner);
    Var si = sums.args()[0];
    sums.compute_at(output, outer).store_in(MemoryType::Stack);
    sums.bound_extent(si, width).vectorize(si, width);
    sums.update().reorder(si, taps).vectorize(si, width);
  }

private:
  Var i{"i"}, y{"y"};
  RDom taps;
  Func sums{"sums"};
};

/// The last pass of a pipeline: a pass over columns of RGB, a window of its
/// result, and for each byte a number from the table of its channel, into
/// planes.
class Planes : public Generator<Planes> {
public:
  Input<Buffer<uint8_t, 2>> source{"source"}; ///< [row, byte]
  Input<Buffer<int, 1>> first{"first"};
  Input<Buffer<int, 2>> weight{"weight"};    ///< [output row, tap]
  Input<Buffer<float, 2>> table{"table"};    ///< [channel, byte]
  Output<Buffer<float, 3>> output{"output"}; ///< [channel, row, column]

  void generate() {
    taps = RDom(0, weight.dim(0).extent());
    bytes = addRows(source, first, weight, taps, source.dim(1).max(), sums);
    output(x, y, c) = table(cast<int>(bytes(3 * x + c, y)), c);
  }

  void schedule() {
    constexpr int tile = 64; // Pixels; their bytes are on the stack.
    int width = 4 * lanes32(get_target());
    Var outer("outer"), inner("inner");
    Func(output)
        .bound(c, 0, 3)
        .split(x, outer, inner, tile, TailStrategy::GuardWithIf)
        .reorder(inner, c, outer, y)
        .vectorize(inner, lanes32(get_target()), TailStrategy::GuardWithIf)
        .unroll(c);
    Var bi = bytes.args()[0], si = sums.args()[0], outerByte("outerByte");
    bytes.compute_at(output, outer)
        .store_in(MemoryType::Stack)
        .bound_extent(bi, 3 * tile)
        .split(bi, outerByte, bi, width, TailStrategy::RoundUp)
        .vectorize(bi);
    sums.compute_at(bytes, outerByte).vectorize(si, width);
    sums.update().reorder(si, taps).vectorize(si, width);
  }

private:
  Var x{"x"}, y{"y"}, c{"c"};
  RDom taps;
  Func sums{"sums"}, bytes;
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
    Expr half = cast<uint32_t>(factorX * factorY / 2);
    output(c, x, y) =
        cast<uint8_t>(((sums(c, x, y) + half) * multiplier) >> 24);
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
HALIDE_REGISTER_GENERATOR(Columns, columns)
HALIDE_REGISTER_GENERATOR(Planes, planes)
HALIDE_REGISTER_GENERATOR(Reduce, reduce)
HALIDE_REGISTER_GENERATOR(ColumnsFloat, columns_float)
HALIDE_REGISTER_GENERATOR(RowsFloat, rows_float)
