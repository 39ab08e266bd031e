//===- Passes.td - passes on loops, shared by all backends ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_PASSES_TD
#define TENON_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandFloats : Pass<"tenon-expand-floats"> {
  let summary = "Compute with half and bfloat in float, and convert by integers";
  let description = [{
    Arithmetic on small float types is done in float and rounded. Conversions
    that the target has no instruction for, or one that may cut off, become
    integer arithmetic; those of bfloat always do, so that they are the same
    everywhere.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let options = [
    Option<"hasHalf", "half", "bool", "true",
           "The target converts between half and float">,
    Option<"roundsHalf", "rounds-half", "bool", "true",
           "It rounds to nearest when it makes half of float">
  ];
}

def ExpandMath : Pass<"tenon-expand-math"> {
  let summary = "Replace transcendental functions by our own expansions";
  let description = [{
    Every backend computes exp, log, erf, tanh, sin, cos and pow with the same
    arithmetic, on scalars and vectors alike; no math library is called. Results
    are within 2 units in the last place of float (pow: 1e-6 relative). Smaller
    float types are computed in float.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"hasFma", "fma", "bool", "true",
           "The target multiplies and adds in one instruction">,
    Option<"hasRounding", "rounding", "bool", "true",
           "The target rounds floats to integral values by an instruction">
  ];
}

def FloatsAsBits : Pass<"tenon-floats-as-bits"> {
  let summary = "Move small floats as integers of as many bits";
  let description = [{
    Behind expand-floats, half and bfloat are only moved. Where a machine has no
    such types at all, that is done to integers.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let options = [
    Option<"hasHalf", "half", "bool", "false",
           "The target has half, which stays">
  ];
}

#endif // TENON_CODEGEN_PASSES_TD
