// Elementwise functions of NaN, infinities and integers; values of torch 2.8.
// RUN: tenon-check %s

func.func @special() {
  %x = tenon.constant dense<[0x7FC00000, 0x7F800000, 0xFF800000]> : tensor<3xf32>
  %r2 = tenon.unary neg %x : (tensor<3xf32>) -> tensor<3xf32>
  %c3 = tenon.constant dense<[0x7FC00000, 0xFF800000, 0x7F800000]> : tensor<3xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<3xf32>, tensor<3xf32>
  %r4 = tenon.unary abs %x : (tensor<3xf32>) -> tensor<3xf32>
  %c5 = tenon.constant dense<[0x7FC00000, 0x7F800000, 0x7F800000]> : tensor<3xf32>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<3xf32>, tensor<3xf32>
  %r6 = tenon.unary exp %x : (tensor<3xf32>) -> tensor<3xf32>
  %c7 = tenon.constant dense<[0x7FC00000, 0x7F800000, 0.0]> : tensor<3xf32>
  tenon.check_close %r6, %c7 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  %r8 = tenon.unary erf %x : (tensor<3xf32>) -> tensor<3xf32>
  %c9 = tenon.constant dense<[0x7FC00000, 1.0, -1.0]> : tensor<3xf32>
  tenon.check_close %r8, %c9 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  %r10 = tenon.unary tanh %x : (tensor<3xf32>) -> tensor<3xf32>
  %c11 = tenon.constant dense<[0x7FC00000, 1.0, -1.0]> : tensor<3xf32>
  tenon.check_close %r10, %c11 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  %r12 = tenon.unary sigmoid %x : (tensor<3xf32>) -> tensor<3xf32>
  %c13 = tenon.constant dense<[0x7FC00000, 1.0, 0.0]> : tensor<3xf32>
  tenon.check_close %r12, %c13 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  %r14 = tenon.unary relu %x : (tensor<3xf32>) -> tensor<3xf32>
  %c15 = tenon.constant dense<[0x7FC00000, 0x7F800000, 0.0]> : tensor<3xf32>
  tenon.check_close %r14, %c15 {tolerance = 0.0 : f64} : tensor<3xf32>, tensor<3xf32>
  %r16 = tenon.unary softplus %x : (tensor<3xf32>) -> tensor<3xf32>
  %c17 = tenon.constant dense<[0x7FC00000, 0x7F800000, 0.0]> : tensor<3xf32>
  tenon.check_close %r16, %c17 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  %r18 = tenon.unary log %x : (tensor<3xf32>) -> tensor<3xf32>
  %c19 = tenon.constant dense<[0x7FC00000, 0x7F800000, 0x7FC00000]> : tensor<3xf32>
  tenon.check_close %r18, %c19 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  %r20 = tenon.unary sqrt %x : (tensor<3xf32>) -> tensor<3xf32>
  %c21 = tenon.constant dense<[0x7FC00000, 0x7F800000, 0x7FC00000]> : tensor<3xf32>
  tenon.check_close %r20, %c21 {tolerance = 1.0e-06 : f64} : tensor<3xf32>, tensor<3xf32>
  return
}

func.func @i64() {
  %x = tenon.constant dense<[-9223372036854775808, -7, 0, 9]> : tensor<4xi64>
  %r2 = tenon.unary neg %x : (tensor<4xi64>) -> tensor<4xi64>
  %c3 = tenon.constant dense<[-9223372036854775808, 7, 0, -9]> : tensor<4xi64>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<4xi64>, tensor<4xi64>
  %r4 = tenon.unary abs %x : (tensor<4xi64>) -> tensor<4xi64>
  %c5 = tenon.constant dense<[-9223372036854775808, 7, 0, 9]> : tensor<4xi64>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<4xi64>, tensor<4xi64>
  %r6 = tenon.unary relu %x : (tensor<4xi64>) -> tensor<4xi64>
  %c7 = tenon.constant dense<[0, 0, 0, 9]> : tensor<4xi64>
  tenon.check_close %r6, %c7 {tolerance = 0.0 : f64} : tensor<4xi64>, tensor<4xi64>
  return
}

func.func @i8() {
  %x = tenon.constant dense<[-128, -7, 0, 127]> : tensor<4xi8>
  %r2 = tenon.unary neg %x : (tensor<4xi8>) -> tensor<4xi8>
  %c3 = tenon.constant dense<[-128, 7, 0, -127]> : tensor<4xi8>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r4 = tenon.unary abs %x : (tensor<4xi8>) -> tensor<4xi8>
  %c5 = tenon.constant dense<[-128, 7, 0, 127]> : tensor<4xi8>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r6 = tenon.unary relu %x : (tensor<4xi8>) -> tensor<4xi8>
  %c7 = tenon.constant dense<[0, 0, 0, 127]> : tensor<4xi8>
  tenon.check_close %r6, %c7 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  return
}

func.func @bool() {
  %x = tenon.constant dense<[true, false]> : tensor<2xi1>
  %r2 = tenon.unary not_ %x : (tensor<2xi1>) -> tensor<2xi1>
  %c3 = tenon.constant dense<[false, true]> : tensor<2xi1>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<2xi1>, tensor<2xi1>
  return
}
