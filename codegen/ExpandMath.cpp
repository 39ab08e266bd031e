//===- ExpandMath.cpp - our own transcendental functions ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The coefficients come from scripts/approximations, which also says how far
// each is from the function. Argument reduction follows W. Cody and W. Waite,
// "Software Manual for the Elementary Functions" (1980).
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"

#include "dialect/ScalarMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>
#include <limits>

namespace tenon {
#define GEN_PASS_DEF_EXPANDMATH
#include "codegen/Passes.h.inc"
} // namespace tenon

using namespace tenon;
using namespace mlir;

namespace {
/// Float and integer arithmetic on values of one shape: f32 scalars or vectors.
class Scribe {
public:
  Scribe(OpBuilder &builder, Location loc, Type like, bool hasFma,
         bool hasRounding)
      : builder(builder), loc(loc), type(like), hasFma(hasFma),
        hasRounding(hasRounding) {
    auto vector = dyn_cast<VectorType>(like);
    Type i32 = builder.getI32Type();
    integerType = vector ? Type(vector.clone(i32)) : i32;
  }

  Value number(double value) {
    return emitSplat(builder, loc, type,
                     builder.getF32FloatAttr(static_cast<float>(value)));
  }
  Value integer(int32_t value) {
    return emitSplat(builder, loc, integerType, int64_t(value));
  }
  Value add(Value a, Value b) { return make<arith::AddFOp>(a, b); }
  Value sub(Value a, Value b) { return make<arith::SubFOp>(a, b); }
  Value mul(Value a, Value b) { return make<arith::MulFOp>(a, b); }
  Value div(Value a, Value b) { return make<arith::DivFOp>(a, b); }
  Value fma(Value a, Value b, Value c) {
    if (!hasFma)
      return add(mul(a, b), c);
    return math::FmaOp::create(builder, loc, a, b, c);
  }
  /// c[0] + c[1] x + ...
  Value polynomial(Value x, ArrayRef<double> c) {
    Value sum = number(c.back());
    for (double coefficient : llvm::reverse(c.drop_back()))
      sum = fma(sum, x, number(coefficient));
    return sum;
  }
  Value compare(arith::CmpFPredicate predicate, Value a, Value b) {
    return arith::CmpFOp::create(builder, loc, predicate, a, b);
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(builder, loc, condition, a, b);
  }
  Value larger(Value a, Value b) { return emitLarger(builder, loc, a, b); }
  Value smaller(Value a, Value b) { return emitSmaller(builder, loc, a, b); }
  /// Nearest of low .. high; NaN stays.
  Value clamp(Value x, double low, double high) {
    return smaller(number(high), larger(number(low), x));
  }
  Value abs(Value x) { return math::AbsFOp::create(builder, loc, x); }
  Value bits(Value x) { return make<arith::BitcastOp>(integerType, x); }
  Value fromBits(Value x) { return make<arith::BitcastOp>(type, x); }
  Value toInteger(Value x) { return make<arith::FPToSIOp>(integerType, x); }
  Value toFloat(Value x) { return make<arith::SIToFPOp>(type, x); }

  template <typename Op, typename... Args> Value make(Args... args) {
    return Op::create(builder, loc, args...);
  }

  /// An integral float |x f| < 2^22 nearest to x f, ties to even, and the same
  /// as an integer in the low bits: adding 1.5 * 2^23 leaves no room for a
  /// fraction.
  std::pair<Value, Value> nearest(Value x, double f = 1) {
    Value magic = number(12582912);
    Value shifted = f == 1 ? add(x, magic) : fma(x, number(f), magic);
    Value asInteger = make<arith::SubIOp>(bits(shifted), integer(0x4b400000));
    return {sub(shifted, magic), asInteger};
  }

  Value exp(Value x);
  Value log(Value x);
  Value erf(Value x);
  Value tanh(Value x);
  Value sine(Value x, bool isCosine);
  Value floor(Value x);

  OpBuilder &builder;
  Location loc;
  Type type, integerType;
  bool hasFma, hasRounding;
};
} // namespace

Value Scribe::exp(Value x) {
  // x = n ln 2 + r with |r| <= ln(2) / 2, ln 2 in two parts of which n times
  // the first is exact.
  constexpr double low = -85.9, high = 88.8; // e^high is infinite.
  Value bounded = clamp(x, low, high);
  auto [n, exponent] = nearest(bounded, 1.4426950408889634);
  Value r = fma(n, number(-0.693359375), bounded);
  r = fma(n, number(2.12194440e-4), r);
  static const double c[] = {0.499999981559, 0.166665798135, 0.041667800208,
                             0.00836286269712, 0.00138219940464};
  Value p = add(fma(mul(r, r), polynomial(r, c), r), number(1));
  // Times 2^n. n reaches 128 only where the result is near the largest float or
  // beyond it: half of it first, then doubled.
  Value half = make<arith::AddIOp>(make<arith::ShLIOp>(exponent, integer(23)),
                                   integer(126 << 23));
  Value scaled = mul(p, fromBits(half));
  // Below 5e-38: zero.
  return select(compare(arith::CmpFPredicate::OLT, x, number(low)), number(0),
                add(scaled, scaled));
}

Value Scribe::log(Value x) {
  // Denormals are brought into range first.
  Value tiny = compare(arith::CmpFPredicate::OLT, x, number(1.17549435e-38));
  Value lifted = select(tiny, mul(x, number(8388608)), x);
  // lifted = m 2^e with m in sqrt(1/2) .. sqrt(2).
  Value raw = bits(lifted);
  Value offset = make<arith::SubIOp>(raw, integer(0x3f3504f3));
  Value e = make<arith::ShRSIOp>(offset, integer(23));
  Value m =
      fromBits(make<arith::SubIOp>(raw, make<arith::ShLIOp>(e, integer(23))));
  Value exponent = sub(toFloat(e), select(tiny, number(23), number(0)));
  Value f = sub(m, number(1));
  static const double c[] = {0.333333312567,  -0.249999811951, 0.200006881228,
                             -0.166691502444, 0.142511538212,  -0.12396716604,
                             0.116346969801,  -0.116598301271, 0.073323126454};
  Value f2 = mul(f, f);
  Value tail = mul(mul(f2, f), polynomial(f, c));
  tail = fma(exponent, number(-2.12194440e-4), tail);
  tail = fma(f2, number(-0.5), tail);
  Value result = fma(exponent, number(0.693359375), add(f, tail));
  double infinity = std::numeric_limits<double>::infinity();
  result = select(compare(arith::CmpFPredicate::OEQ, x, number(infinity)), x,
                  result);
  result = select(compare(arith::CmpFPredicate::OEQ, x, number(0)),
                  number(-infinity), result);
  // Negative numbers and NaN.
  return select(compare(arith::CmpFPredicate::ULT, x, number(0)),
                number(std::numeric_limits<double>::quiet_NaN()), result);
}

Value Scribe::erf(Value x) {
  Value t = clamp(x, -3.92, 3.92);
  Value z = mul(t, t);
  static const double p[] = {
      1.12837910901,     0.19992131565,     0.0505728762899, 0.00370144628991,
      0.000141844285155, -1.95776202071e-6, 1.99234219896e-8};
  static const double q[] = {1.0, 0.510507309535, 0.114997057105,
                             0.0143529034526, 0.000955991972443};
  return div(mul(t, polynomial(z, p)), polynomial(z, q));
}

Value Scribe::tanh(Value x) {
  Value t = clamp(x, -9.01, 9.01);
  Value z = mul(t, t);
  static const double p[] = {
      0.99999999991,    0.138552017992,     0.0040933579719,  3.29833850567e-5,
      4.56738594873e-8, -3.16642527975e-11, 2.56752870268e-14};
  static const double q[] = {1.0, 0.471885350353, 0.0280551431716,
                             0.000434903640065, 1.66842211844e-6};
  return div(mul(t, polynomial(z, p)), polynomial(z, q));
}

Value Scribe::sine(Value x, bool isCosine) {
  // x = n pi/2 + r, pi/2 in three parts. Good for |x| up to 8192; beyond it the
  // product with n loses bits.
  auto [n, quadrant] = nearest(x, 0.63661977236758134);
  Value r = fma(n, number(-1.5703125), x);
  r = fma(n, number(-4.837512969970703e-4), r);
  r = fma(n, number(-7.549789948768648e-8), r);
  Value z = mul(r, r);
  static const double s[] = {-0.166666666416, 0.00833332938584,
                             -0.000198393348282, 2.71831146233e-6};
  static const double c[] = {0.0416666666195, -0.00138888834999,
                             2.47994601237e-5, -2.72057521278e-7};
  Value sin = fma(mul(r, z), polynomial(z, s), r);
  Value cos = fma(mul(z, z), polynomial(z, c), fma(z, number(-0.5), number(1)));
  if (isCosine)
    quadrant = make<arith::AddIOp>(quadrant, integer(1));
  auto isSet = [&](int32_t bit) {
    return make<arith::CmpIOp>(arith::CmpIPredicate::ne,
                               make<arith::AndIOp>(quadrant, integer(bit)),
                               integer(0));
  };
  Value result = select(isSet(1), cos, sin);
  return select(isSet(2), make<arith::NegFOp>(result), result);
}

Value Scribe::floor(Value x) {
  if (hasRounding)
    return math::FloorOp::create(builder, loc, x);
  // Truncate and step down; numbers of 2^23 and more are integral already. What
  // is no number has no integer.
  constexpr double most = 8388608;
  Value bounded = smaller(number(most), larger(x, number(-most)));
  Value whole = toFloat(toInteger(bounded));
  Value above = compare(arith::CmpFPredicate::OGT, whole, x);
  Value result = select(above, sub(whole, number(1)), whole);
  Value large = compare(arith::CmpFPredicate::UGE, abs(x), number(most));
  return select(large, x, result);
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
using Expansion = std::function<Value(Scribe &, ValueRange)>;

/// Rewrites one op by `expand`, in float.
class ExpandOp : public RewritePattern {
public:
  ExpandOp(StringRef name, MLIRContext *context,
           const ExpandMathOptions &options, Expansion expand)
      : RewritePattern(name, /*benefit=*/1, context), options(options),
        expand(std::move(expand)) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    Type type = op->getResult(0).getType();
    Type element = getElementTypeOrSelf(type);
    if (!isa<FloatType>(element) || element.getIntOrFloatBitWidth() > 32)
      return rewriter.notifyMatchFailure(op, "isn't on float or smaller");
    Type f32 = rewriter.getF32Type(), wide = f32;
    if (auto vector = dyn_cast<VectorType>(type))
      wide = vector.clone(f32);
    SmallVector<Value> operands = llvm::to_vector(op->getOperands());
    if (element != f32)
      for (Value &operand : operands)
        operand = arith::ExtFOp::create(rewriter, op->getLoc(), wide, operand);
    Scribe scribe(rewriter, op->getLoc(), wide, options.hasFma,
                  options.hasRounding);
    Value result = expand(scribe, operands);
    if (element != f32)
      result = arith::TruncFOp::create(rewriter, op->getLoc(), type, result);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  ExpandMathOptions options;
  Expansion expand;
};

struct ExpandMath : tenon::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    ExpandMathOptions options{hasFma, hasRounding};
    RewritePatternSet patterns(context);
    auto add = [&](StringRef name, Expansion expand) {
      patterns.add(std::make_unique<ExpandOp>(name, context, options,
                                              std::move(expand)));
    };
    add("math.exp", [](Scribe &s, ValueRange x) { return s.exp(x[0]); });
    add("math.log", [](Scribe &s, ValueRange x) { return s.log(x[0]); });
    add("math.erf", [](Scribe &s, ValueRange x) { return s.erf(x[0]); });
    add("math.tanh", [](Scribe &s, ValueRange x) { return s.tanh(x[0]); });
    add("math.sin",
        [](Scribe &s, ValueRange x) { return s.sine(x[0], false); });
    add("math.cos", [](Scribe &s, ValueRange x) { return s.sine(x[0], true); });
    add("math.log1p", [](Scribe &s, ValueRange x) {
      // log(u) x / (u - 1) with u = 1 + x corrects the rounding of u (Kahan).
      Value u = s.add(x[0], s.number(1));
      Value d = s.sub(u, s.number(1));
      Value exact = s.compare(arith::CmpFPredicate::OEQ, d, s.number(0));
      Value log = s.log(u);
      // An infinite or invalid logarithm is the result itself.
      Value finite =
          s.compare(arith::CmpFPredicate::OLT, s.abs(log), s.number(3e38));
      Value corrected =
          s.div(s.mul(log, x[0]), s.select(exact, s.number(1), d));
      Value result = s.select(finite, corrected, log);
      return s.select(exact, x[0], result);
    });
    add("math.powf", [](Scribe &s, ValueRange x) {
      // |a|^b, with the sign of a where b is odd; a < 0 and b not integral is
      // no number.
      Value a = x[0], b = x[1];
      Value power = s.exp(s.mul(b, s.log(s.abs(a))));
      power = s.select(s.compare(arith::CmpFPredicate::OEQ, b, s.number(0)),
                       s.number(1), power);
      Value integral = s.compare(arith::CmpFPredicate::OEQ, s.floor(b), b);
      Value halved = s.mul(b, s.number(0.5));
      Value odd = s.compare(arith::CmpFPredicate::UNE, s.floor(halved), halved);
      Value negative = s.select(odd, s.make<arith::NegFOp>(power), power);
      negative = s.select(integral, negative,
                          s.number(std::numeric_limits<double>::quiet_NaN()));
      Value isNegative = s.compare(arith::CmpFPredicate::OLT, a, s.number(0));
      return s.select(isNegative, negative, power);
    });
    if (!hasRounding) {
      add("math.floor", [](Scribe &s, ValueRange x) { return s.floor(x[0]); });
      add("math.ceil", [](Scribe &s, ValueRange x) {
        return s.make<arith::NegFOp>(s.floor(s.make<arith::NegFOp>(x[0])));
      });
      add("math.roundeven", [](Scribe &s, ValueRange x) {
        Value large = s.compare(arith::CmpFPredicate::UGE, s.abs(x[0]),
                                s.number(4194304));
        return s.select(large, x[0], s.nearest(x[0]).first);
      });
    }
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
