// Panels of a matrix: text form, values, and back.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.pack %{{.*}} {width = 8 : i64} : (tensor<?x21xf32, #tenon.dims<[S, 21]>>) -> tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>
// CHECK: tenon.unpack %{{.*}} {columns = 21 : i64}
func.func @there_and_back(%x: tensor<?x21xf32, #tenon.dims<[S, 21]>>) -> (tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>, tensor<?x21xf32, #tenon.dims<[S, 21]>>) {
  %0 = tenon.pack %x {width = 8 : i64} : (tensor<?x21xf32, #tenon.dims<[S, 21]>>) -> tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>
  %1 = tenon.unpack %0 {columns = 21 : i64} : (tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>) -> tensor<?x21xf32, #tenon.dims<[S, 21]>>
  return %0, %1 : tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>, tensor<?x21xf32, #tenon.dims<[S, 21]>>
}

func.func @transposed(%x: tensor<21x?xf32, #tenon.dims<[21, S]>>) -> (tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>, tensor<21x?xf32, #tenon.dims<[21, S]>>) {
  %0 = tenon.pack %x {width = 8 : i64, transposed = true} : (tensor<21x?xf32, #tenon.dims<[21, S]>>) -> tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>
  %1 = tenon.unpack %0 {columns = 21 : i64, transposed = true} : (tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>) -> tensor<21x?xf32, #tenon.dims<[21, S]>>
  return %0, %1 : tensor<3x?x8xf32, #tenon.dims<[3, S, 8]>>, tensor<21x?xf32, #tenon.dims<[21, S]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0], [10.0, 11.0, 12.0, 13.0, 14.0]]> : tensor<3x5xf32>
  %r2 = tenon.pack %c1 {width = 2 : i64} : (tensor<3x5xf32>) -> tensor<3x3x2xf32>
  %c3 = tenon.constant dense<[[[0.0, 1.0], [5.0, 6.0], [10.0, 11.0]], [[2.0, 3.0], [7.0, 8.0], [12.0, 13.0]], [[4.0, 0.0], [9.0, 0.0], [14.0, 0.0]]]> : tensor<3x3x2xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3x3x2xf32>, tensor<3x3x2xf32>
  return
}

func.func @literal_transposed() {
  %c1 = tenon.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0], [10.0, 11.0, 12.0, 13.0, 14.0]]> : tensor<3x5xf32>
  %r2 = tenon.pack %c1 {width = 4 : i64, transposed = true} : (tensor<3x5xf32>) -> tensor<1x5x4xf32>
  %c3 = tenon.constant dense<[[[0.0, 5.0, 10.0, 0.0], [1.0, 6.0, 11.0, 0.0], [2.0, 7.0, 12.0, 0.0], [3.0, 8.0, 13.0, 0.0], [4.0, 9.0, 14.0, 0.0]]]> : tensor<1x5x4xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<1x5x4xf32>, tensor<1x5x4xf32>
  return
}

func.func @literal_unpack() {
  %c1 = tenon.constant dense<[[[0.0, 1.0], [5.0, 6.0], [10.0, 11.0]], [[2.0, 3.0], [7.0, 8.0], [12.0, 13.0]], [[4.0, 0.0], [9.0, 0.0], [14.0, 0.0]]]> : tensor<3x3x2xf32>
  %r2 = tenon.unpack %c1 {columns = 5 : i64} : (tensor<3x3x2xf32>) -> tensor<3x5xf32>
  %c3 = tenon.constant dense<[[0.0, 1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0, 9.0], [10.0, 11.0, 12.0, 13.0, 14.0]]> : tensor<3x5xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3x5xf32>, tensor<3x5xf32>
  return
}

// Four steps of k of a column side by side; five rows are a whole step and a
// quarter.
func.func @interleaved(%x: tensor<21x?xf32, #tenon.dims<[21, S]>>) -> (tensor<3x?x8x4xf32, #tenon.dims<[3, S ceildiv 4, 8, 4]>>) {
  %0 = tenon.pack %x {width = 8 : i64, transposed = true, interleave = 4 : i64} : (tensor<21x?xf32, #tenon.dims<[21, S]>>) -> tensor<3x?x8x4xf32, #tenon.dims<[3, S ceildiv 4, 8, 4]>>
  return %0 : tensor<3x?x8x4xf32, #tenon.dims<[3, S ceildiv 4, 8, 4]>>
}

func.func @literal_interleaved() {
  %c1 = tenon.constant dense<[[0, 1], [2, 3], [4, 5], [6, 7], [8, 9]]> : tensor<5x2xi8>
  %r2 = tenon.pack %c1 {width = 2 : i64, interleave = 4 : i64} : (tensor<5x2xi8>) -> tensor<1x2x2x4xi8>
  %c3 = tenon.constant dense<[[[[0, 2, 4, 6], [1, 3, 5, 7]], [[8, 0, 0, 0], [9, 0, 0, 0]]]]> : tensor<1x2x2x4xi8>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<1x2x2x4xi8>, tensor<1x2x2x4xi8>
  %r4 = tenon.unpack %c3 {columns = 2 : i64, rows = 5 : i64} : (tensor<1x2x2x4xi8>) -> tensor<5x2xi8>
  tenon.check_close %r4, %c1 {tolerance = 0.0 : f64} : tensor<5x2xi8>, tensor<5x2xi8>
  return
}
