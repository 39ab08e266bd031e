// Codes and scales: text form, values, and code against the evaluator.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [1, 40] typical 17
!x = tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
!codes = tensor<?x?x37xi8, #tenon.dims<[B, S, 37]>>
!row = tensor<?x?x1xf32, #tenon.dims<[B, S, 1]>>

// CHECK: tenon.quantize_scales %{{.*}} {axis = 2 : i64, bits = 8 : i64, group = 0 : i64}
// CHECK: tenon.quantize %{{.*}}, %{{.*}} {axis = 2 : i64, bits = 8 : i64, group = 0 : i64}
// CHECK: tenon.dequantize %{{.*}}, %{{.*}} {axis = 2 : i64, group = 0 : i64}
func.func @rows(%x: !x) -> (!codes, !row, !x) {
  %s = tenon.quantize_scales %x {axis = 2 : i64, group = 0 : i64, bits = 8 : i64} : (!x) -> !row
  %q = tenon.quantize %x, %s {axis = 2 : i64, group = 0 : i64, bits = 8 : i64} : (!x, !row) -> !codes
  %y = tenon.dequantize %q, %s {axis = 2 : i64, group = 0 : i64} : (!codes, !row) -> !x
  return %q, %s, %y : !codes, !row, !x
}

!groups = tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>
!halves = tensor<?x?x19xi8, #tenon.dims<[B, S, 19]>>

// Five groups, the last one of five; an odd number of codes in bytes.
// CHECK: tenon.pack_nibbles %{{.*}} {axis = 2 : i64}
// CHECK: tenon.dequantize %{{.*}}, %{{.*}} {axis = 2 : i64, depth = 37 : i64, group = 8 : i64}
func.func @groups_of_nibbles(%x: !x) -> (!groups, !halves, !x) {
  %s = tenon.quantize_scales %x {axis = 2 : i64, group = 8 : i64, bits = 4 : i64} : (!x) -> !groups
  %q = tenon.quantize %x, %s {axis = 2 : i64, group = 8 : i64, bits = 4 : i64} : (!x, !groups) -> !codes
  %p = tenon.pack_nibbles %q {axis = 2 : i64} : (!codes) -> !halves
  %y = tenon.dequantize %p, %s {axis = 2 : i64, group = 8 : i64, depth = 37 : i64} : (!halves, !groups) -> !x
  return %s, %p, %y : !groups, !halves, !x
}

// Ties go to even, a row of zeros has codes of zero; -127 and 127 are the ends.
func.func @literal() {
  %x = tenon.constant dense<[[0.0, 0.0, 0.0], [127.0, 2.5, -3.5], [-0.254, 0.127, 0.254]]> : tensor<3x3xf32>
  %s = tenon.quantize_scales %x {axis = 1 : i64, group = 0 : i64, bits = 8 : i64} : (tensor<3x3xf32>) -> tensor<3x1xf32>
  %q = tenon.quantize %x, %s {axis = 1 : i64, group = 0 : i64, bits = 8 : i64} : (tensor<3x3xf32>, tensor<3x1xf32>) -> tensor<3x3xi8>
  %e = tenon.constant dense<[[0, 0, 0], [127, 2, -4], [-127, 64, 127]]> : tensor<3x3xi8>
  tenon.check_close %q, %e {tolerance = 0.0 : f64} : tensor<3x3xi8>, tensor<3x3xi8>
  return
}

// Four bits: the largest magnitude is -8, whatever its sign; 7.5 is cut to 7.
func.func @literal_nibbles() {
  %x = tenon.constant dense<[[8.0, -7.5, 1.0, -3.0], [-16.0, 15.0, 4.0, 0.0]]> : tensor<2x4xf32>
  %s = tenon.quantize_scales %x {axis = 1 : i64, group = 4 : i64, bits = 4 : i64} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %es = tenon.constant dense<[[-1.0], [2.0]]> : tensor<2x1xf32>
  tenon.check_close %s, %es {tolerance = 0.0 : f64} : tensor<2x1xf32>, tensor<2x1xf32>
  %q = tenon.quantize %x, %s {axis = 1 : i64, group = 4 : i64, bits = 4 : i64} : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xi8>
  %e = tenon.constant dense<[[-8, 7, -1, 3], [-8, 7, 2, 0]]> : tensor<2x4xi8>
  tenon.check_close %q, %e {tolerance = 0.0 : f64} : tensor<2x4xi8>, tensor<2x4xi8>
  %p = tenon.pack_nibbles %q {axis = 1 : i64} : (tensor<2x4xi8>) -> tensor<2x2xi8>
  %ep = tenon.constant dense<[[120, 63], [120, 2]]> : tensor<2x2xi8>
  tenon.check_close %p, %ep {tolerance = 0.0 : f64} : tensor<2x2xi8>, tensor<2x2xi8>
  %y = tenon.dequantize %p, %s {axis = 1 : i64, group = 4 : i64, depth = 4 : i64} : (tensor<2x2xi8>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %ey = tenon.constant dense<[[8.0, -7.0, 1.0, -3.0], [-16.0, 14.0, 4.0, 0.0]]> : tensor<2x4xf32>
  tenon.check_close %y, %ey {tolerance = 0.0 : f64} : tensor<2x4xf32>, tensor<2x4xf32>
  return
}

// A group along another axis.
func.func @columns(%x: tensor<?x6xf32, #tenon.dims<[S, 6]>>) -> tensor<?x6xi8, #tenon.dims<[S, 6]>> {
  %s = tenon.quantize_scales %x {axis = 0 : i64, group = 3 : i64, bits = 8 : i64} : (tensor<?x6xf32, #tenon.dims<[S, 6]>>) -> tensor<?x6xf32, #tenon.dims<[S ceildiv 3, 6]>>
  %q = tenon.quantize %x, %s {axis = 0 : i64, group = 3 : i64, bits = 8 : i64} : (tensor<?x6xf32, #tenon.dims<[S, 6]>>, tensor<?x6xf32, #tenon.dims<[S ceildiv 3, 6]>>) -> tensor<?x6xi8, #tenon.dims<[S, 6]>>
  return %q : tensor<?x6xi8, #tenon.dims<[S, 6]>>
}
