//===- Number.cpp - arithmetic of SPIR-V, a component at a time -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Sources: the SPIR-V specification, and "Precision and Operation of SPIR-V
// Instructions" in Vulkan's.
//
//===----------------------------------------------------------------------===//

#include "Number.h"

#include <spirv/unified1/GLSL.std.450.h>
#include <spirv/unified1/spirv.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace machine {

static uint64_t cut(uint64_t bits, uint32_t width) {
  return width >= 64 ? bits : bits & ((uint64_t(1) << width) - 1);
}

int64_t signExtend(uint64_t bits, uint32_t width) {
  return int64_t(bits << (64 - width)) >> (64 - width);
}

double toFloat(uint64_t bits, uint32_t width) {
  if (width == 16)
    return double(std::bit_cast<_Float16>(uint16_t(bits)));
  return width == 32 ? double(std::bit_cast<float>(uint32_t(bits)))
                     : std::bit_cast<double>(bits);
}

uint64_t fromFloat(double value, uint32_t width) {
  if (width == 16)
    return std::bit_cast<uint16_t>(static_cast<_Float16>(value));
  return width == 32 ? std::bit_cast<uint32_t>(static_cast<float>(value))
                     : std::bit_cast<uint64_t>(value);
}

namespace {

using X = const Operands &;

int64_t sa(X x) { return signExtend(x.a, x.from); }
int64_t sb(X x) { return signExtend(x.b, x.from); }
/// A float's bits, without a denormal's if they may be lost.
uint64_t flushed(X x, uint64_t bits, uint32_t width) {
  constexpr uint64_t exponent = 0x7f800000, sign = 0x80000000;
  return x.isLoose && width == 32 && !(bits & exponent) ? bits & sign : bits;
}
double operand(X x, uint64_t bits) {
  return toFloat(flushed(x, bits, x.from), x.from);
}
double fa(X x) { return operand(x, x.a); }
double fb(X x) { return operand(x, x.b); }
double fc(X x) { return operand(x, x.c); }

/// Sums, products, quotients and roots of numbers with at most 24 bits are
/// right when they are computed with 53 and rounded again.
uint64_t rounded(X x, double value) {
  return flushed(x, fromFloat(value, x.width), x.width);
}

/// A result that may be off by two units of the last place.
uint64_t inexact(X x, double value) {
  uint64_t bits = rounded(x, value);
  constexpr uint64_t exponent = 0x7f800000;
  bool isUsual = (bits & exponent) && (bits & exponent) != exponent;
  return x.isLoose && x.width == 32 && isUsual ? bits + 2 : bits;
}

/// C++ leaves open what an integer is that the float has no room for.
uint64_t toInteger(X x, bool isSigned) {
  double value = std::trunc(fa(x));
  if (std::isnan(value))
    return 0;
  double most = std::ldexp(1.0, int(x.width) - isSigned);
  double least = isSigned ? -most : 0;
  if (value >= most)
    return cut(uint64_t(-1) >> isSigned, x.width - isSigned);
  value = std::max(value, least);
  return cut(isSigned ? uint64_t(int64_t(value)) : uint64_t(value), x.width);
}

/// A shift by as many bits as there are, or more, is nothing one may rely on.
uint64_t shifted(X x, uint64_t value) {
  return x.b < x.from ? cut(value, x.width) : cut(0x5555555555555555, x.width);
}

bool unordered(X x) { return std::isnan(fa(x)) || std::isnan(fb(x)); }

/// Of a NaN and a number a device may give either; this one gives the number.
double least(double a, double b) { return std::fmin(a, b); }
double greatest(double a, double b) { return std::fmax(a, b); }

const std::map<uint16_t, Compute> &arithmetic() {
  using namespace spv;
  static const std::map<uint16_t, Compute> table = {
      {OpIAdd, [](X x) { return cut(x.a + x.b, x.width); }},
      {OpISub, [](X x) { return cut(x.a - x.b, x.width); }},
      {OpIMul, [](X x) { return cut(x.a * x.b, x.width); }},
      {OpUDiv, [](X x) { return x.b ? x.a / x.b : cut(~x.a, x.width); }},
      {OpUMod, [](X x) { return x.b ? x.a % x.b : x.a; }},
      {OpSDiv,
       [](X x) { return sb(x) ? cut(uint64_t(sa(x) / sb(x)), x.width) : 0; }},
      {OpSRem,
       [](X x) { return sb(x) ? cut(uint64_t(sa(x) % sb(x)), x.width) : 0; }},
      {OpSNegate, [](X x) { return cut(-x.a, x.width); }},
      {OpShiftLeftLogical, [](X x) { return shifted(x, x.a << x.b % 64); }},
      {OpShiftRightLogical, [](X x) { return shifted(x, x.a >> x.b % 64); }},
      {OpShiftRightArithmetic,
       [](X x) { return shifted(x, uint64_t(sa(x) >> x.b % 64)); }},
      {OpBitwiseAnd, [](X x) { return x.a & x.b; }},
      {OpBitwiseOr, [](X x) { return x.a | x.b; }},
      {OpBitwiseXor, [](X x) { return x.a ^ x.b; }},
      {OpNot, [](X x) { return cut(~x.a, x.width); }},
      {OpLogicalAnd, [](X x) { return x.a & x.b; }},
      {OpLogicalOr, [](X x) { return x.a | x.b; }},
      {OpLogicalNot, [](X x) { return x.a ^ 1; }},
      {OpLogicalEqual, [](X x) -> uint64_t { return x.a == x.b; }},
      {OpLogicalNotEqual, [](X x) -> uint64_t { return x.a != x.b; }},
      {OpIEqual, [](X x) -> uint64_t { return x.a == x.b; }},
      {OpINotEqual, [](X x) -> uint64_t { return x.a != x.b; }},
      {OpULessThan, [](X x) -> uint64_t { return x.a < x.b; }},
      {OpULessThanEqual, [](X x) -> uint64_t { return x.a <= x.b; }},
      {OpUGreaterThan, [](X x) -> uint64_t { return x.a > x.b; }},
      {OpUGreaterThanEqual, [](X x) -> uint64_t { return x.a >= x.b; }},
      {OpSLessThan, [](X x) -> uint64_t { return sa(x) < sb(x); }},
      {OpSLessThanEqual, [](X x) -> uint64_t { return sa(x) <= sb(x); }},
      {OpSGreaterThan, [](X x) -> uint64_t { return sa(x) > sb(x); }},
      {OpSGreaterThanEqual, [](X x) -> uint64_t { return sa(x) >= sb(x); }},
      {OpFAdd, [](X x) { return rounded(x, fa(x) + fb(x)); }},
      {OpFSub, [](X x) { return rounded(x, fa(x) - fb(x)); }},
      {OpFMul, [](X x) { return rounded(x, fa(x) * fb(x)); }},
      {OpFDiv, [](X x) { return inexact(x, fa(x) / fb(x)); }},
      {OpFNegate, [](X x) { return x.a ^ uint64_t(1) << (x.width - 1); }},
      {OpFOrdEqual, [](X x) -> uint64_t { return fa(x) == fb(x); }},
      {OpFOrdLessThan, [](X x) -> uint64_t { return fa(x) < fb(x); }},
      {OpFOrdLessThanEqual, [](X x) -> uint64_t { return fa(x) <= fb(x); }},
      {OpFOrdGreaterThan, [](X x) -> uint64_t { return fa(x) > fb(x); }},
      {OpFOrdGreaterThanEqual, [](X x) -> uint64_t { return fa(x) >= fb(x); }},
      {OpFUnordNotEqual, [](X x) -> uint64_t { return fa(x) != fb(x); }},
      {OpFOrdNotEqual,
       [](X x) -> uint64_t { return !unordered(x) && fa(x) != fb(x); }},
      {OpFUnordEqual,
       [](X x) -> uint64_t { return unordered(x) || fa(x) == fb(x); }},
      {OpFUnordLessThan, [](X x) -> uint64_t { return !(fa(x) >= fb(x)); }},
      {OpFUnordLessThanEqual, [](X x) -> uint64_t { return !(fa(x) > fb(x)); }},
      {OpFUnordGreaterThan, [](X x) -> uint64_t { return !(fa(x) <= fb(x)); }},
      {OpFUnordGreaterThanEqual,
       [](X x) -> uint64_t { return !(fa(x) < fb(x)); }},
      {OpIsNan, [](X x) -> uint64_t { return std::isnan(fa(x)); }},
      {OpIsInf, [](X x) -> uint64_t { return std::isinf(fa(x)); }},
      {OpFConvert, [](X x) { return rounded(x, fa(x)); }},
      {OpSConvert, [](X x) { return cut(uint64_t(sa(x)), x.width); }},
      {OpUConvert, [](X x) { return cut(x.a, x.width); }},
      {OpConvertSToF,
       [](X x) {
         // Rounded once.
         return x.width == 32 ? fromFloat(float(sa(x)), 32)
                              : fromFloat(double(sa(x)), x.width);
       }},
      {OpConvertUToF,
       [](X x) {
         return x.width == 32 ? fromFloat(float(x.a), 32)
                              : fromFloat(double(x.a), x.width);
       }},
      {OpConvertFToS, [](X x) { return toInteger(x, true); }},
      {OpConvertFToU, [](X x) { return toInteger(x, false); }},
      {OpCopyObject, [](X x) { return x.a; }},
  };
  return table;
}

const std::map<uint16_t, Compute> &externals() {
  static const std::map<uint16_t, Compute> table = {
      {GLSLstd450RoundEven, [](X x) { return rounded(x, std::rint(fa(x))); }},
      {GLSLstd450Trunc, [](X x) { return rounded(x, std::trunc(fa(x))); }},
      {GLSLstd450Floor, [](X x) { return rounded(x, std::floor(fa(x))); }},
      {GLSLstd450Ceil, [](X x) { return rounded(x, std::ceil(fa(x))); }},
      {GLSLstd450FAbs,
       [](X x) { return x.a & ~(uint64_t(1) << (x.width - 1)); }},
      {GLSLstd450Sqrt, [](X x) { return inexact(x, std::sqrt(fa(x))); }},
      {GLSLstd450InverseSqrt,
       [](X x) { return inexact(x, 1 / std::sqrt(fa(x))); }},
      {GLSLstd450FMin, [](X x) { return rounded(x, least(fa(x), fb(x))); }},
      {GLSLstd450FMax, [](X x) { return rounded(x, greatest(fa(x), fb(x))); }},
      {GLSLstd450UMin, [](X x) { return std::min(x.a, x.b); }},
      {GLSLstd450UMax, [](X x) { return std::max(x.a, x.b); }},
      {GLSLstd450SMin,
       [](X x) { return cut(uint64_t(std::min(sa(x), sb(x))), x.width); }},
      {GLSLstd450SMax,
       [](X x) { return cut(uint64_t(std::max(sa(x), sb(x))), x.width); }},
      {GLSLstd450FClamp,
       [](X x) { return rounded(x, least(greatest(fa(x), fb(x)), fc(x))); }},
      {GLSLstd450UClamp, [](X x) { return std::min(std::max(x.a, x.b), x.c); }},
      {GLSLstd450SClamp,
       [](X x) {
         int64_t most = signExtend(x.c, x.from);
         return cut(uint64_t(std::min(std::max(sa(x), sb(x)), most)), x.width);
       }},
      {GLSLstd450Fma,
       [](X x) {
         if (x.width == 32)
           return rounded(x,
                          std::fma(float(fa(x)), float(fb(x)), float(fc(x))));
         return rounded(x, std::fma(fa(x), fb(x), fc(x)));
       }},
  };
  return table;
}

const std::map<uint16_t, Compute> &combinations() {
  using namespace spv;
  static const std::map<uint16_t, Compute> table = {
      {OpGroupNonUniformIAdd, arithmetic().at(OpIAdd)},
      {OpGroupNonUniformFAdd, arithmetic().at(OpFAdd)},
      {OpGroupNonUniformIMul, arithmetic().at(OpIMul)},
      {OpGroupNonUniformFMul, arithmetic().at(OpFMul)},
      {OpGroupNonUniformSMin, externals().at(GLSLstd450SMin)},
      {OpGroupNonUniformUMin, externals().at(GLSLstd450UMin)},
      {OpGroupNonUniformFMin, externals().at(GLSLstd450FMin)},
      {OpGroupNonUniformSMax, externals().at(GLSLstd450SMax)},
      {OpGroupNonUniformUMax, externals().at(GLSLstd450UMax)},
      {OpGroupNonUniformFMax, externals().at(GLSLstd450FMax)},
      {OpAtomicAnd, arithmetic().at(OpBitwiseAnd)},
      {OpAtomicOr, arithmetic().at(OpBitwiseOr)},
  };
  return table;
}

Compute find(const std::map<uint16_t, Compute> &table, uint16_t key) {
  auto found = table.find(key);
  return found == table.end() ? nullptr : found->second;
}

} // namespace

Compute computeOf(uint16_t opcode, uint16_t external) {
  return opcode == spv::OpExtInst ? find(externals(), external)
                                  : find(arithmetic(), opcode);
}

Compute combinationOf(uint16_t opcode) { return find(combinations(), opcode); }

} // namespace machine
