// Elementwise operators on NaN, infinities, integers, and broadcasts; values of
// torch 2.8.
// RUN: tenon-check %s

func.func @special() {
  %x = tenon.constant dense<[0x7FC00000, 1.0, 0x7F800000, 0x7F800000, -0.0]> : tensor<5xf32>
  %y = tenon.constant dense<[1.0, 0x7FC00000, 0xFF800000, 2.0, 0.0]> : tensor<5xf32>
  %r3 = tenon.binary min %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %c4 = tenon.constant dense<[0x7FC00000, 0x7FC00000, 0xFF800000, 2.0, -0.0]> : tensor<5xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<5xf32>, tensor<5xf32>
  %r5 = tenon.binary max %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %c6 = tenon.constant dense<[0x7FC00000, 0x7FC00000, 0x7F800000, 0x7F800000, -0.0]> : tensor<5xf32>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<5xf32>, tensor<5xf32>
  %r7 = tenon.binary add %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %c8 = tenon.constant dense<[0x7FC00000, 0x7FC00000, 0x7FC00000, 0x7F800000, 0.0]> : tensor<5xf32>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<5xf32>, tensor<5xf32>
  %r9 = tenon.binary mul %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %c10 = tenon.constant dense<[0x7FC00000, 0x7FC00000, 0xFF800000, 0x7F800000, -0.0]> : tensor<5xf32>
  tenon.check_close %r9, %c10 {tolerance = 0.0 : f64} : tensor<5xf32>, tensor<5xf32>
  return
}

func.func @i64() {
  %x = tenon.constant dense<[-7, -7, 7, 7, 0, 9223372036854775807, 5]> : tensor<7xi64>
  %y = tenon.constant dense<[2, -2, 2, -2, 3, 2, -9]> : tensor<7xi64>
  %r3 = tenon.binary add %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c4 = tenon.constant dense<[-5, -9, 9, 5, 3, -9223372036854775807, -4]> : tensor<7xi64>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r5 = tenon.binary sub %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c6 = tenon.constant dense<[-9, -5, 5, 9, -3, 9223372036854775805, 14]> : tensor<7xi64>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r7 = tenon.binary mul %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c8 = tenon.constant dense<[-14, 14, 14, -14, 0, -2, -45]> : tensor<7xi64>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r9 = tenon.binary floordiv %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c10 = tenon.constant dense<[-4, 3, 3, -4, 0, 4611686018427387903, -1]> : tensor<7xi64>
  tenon.check_close %r9, %c10 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r11 = tenon.binary mod %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c12 = tenon.constant dense<[1, -1, 1, -1, 0, 1, -4]> : tensor<7xi64>
  tenon.check_close %r11, %c12 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r13 = tenon.binary min %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c14 = tenon.constant dense<[-7, -7, 2, -2, 0, 2, -9]> : tensor<7xi64>
  tenon.check_close %r13, %c14 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r15 = tenon.binary max %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c16 = tenon.constant dense<[2, -2, 7, 7, 3, 9223372036854775807, 5]> : tensor<7xi64>
  tenon.check_close %r15, %c16 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r17 = tenon.binary and_ %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c18 = tenon.constant dense<[0, -8, 2, 6, 0, 2, 5]> : tensor<7xi64>
  tenon.check_close %r17, %c18 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  %r19 = tenon.binary or_ %x, %y : (tensor<7xi64>, tensor<7xi64>) -> tensor<7xi64>
  %c20 = tenon.constant dense<[-5, -1, 7, -1, 3, 9223372036854775807, -9]> : tensor<7xi64>
  tenon.check_close %r19, %c20 {tolerance = 0.0 : f64} : tensor<7xi64>, tensor<7xi64>
  return
}

func.func @i8() {
  %x = tenon.constant dense<[-128, -7, 127, 7]> : tensor<4xi8>
  %y = tenon.constant dense<[-1, -2, 2, -2]> : tensor<4xi8>
  %r3 = tenon.binary add %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c4 = tenon.constant dense<[127, -9, -127, 5]> : tensor<4xi8>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r5 = tenon.binary sub %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c6 = tenon.constant dense<[-127, -5, 125, 9]> : tensor<4xi8>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r7 = tenon.binary mul %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c8 = tenon.constant dense<[-128, 14, -2, -14]> : tensor<4xi8>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r9 = tenon.binary floordiv %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c10 = tenon.constant dense<[-128, 3, 63, -4]> : tensor<4xi8>
  tenon.check_close %r9, %c10 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r11 = tenon.binary mod %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c12 = tenon.constant dense<[0, -1, 1, -1]> : tensor<4xi8>
  tenon.check_close %r11, %c12 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r13 = tenon.binary min %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c14 = tenon.constant dense<[-128, -7, 2, -2]> : tensor<4xi8>
  tenon.check_close %r13, %c14 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r15 = tenon.binary max %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c16 = tenon.constant dense<[-1, -2, 127, 7]> : tensor<4xi8>
  tenon.check_close %r15, %c16 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r17 = tenon.binary and_ %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c18 = tenon.constant dense<[-128, -8, 2, 6]> : tensor<4xi8>
  tenon.check_close %r17, %c18 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r19 = tenon.binary or_ %x, %y : (tensor<4xi8>, tensor<4xi8>) -> tensor<4xi8>
  %c20 = tenon.constant dense<[-1, -1, 127, -1]> : tensor<4xi8>
  tenon.check_close %r19, %c20 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  return
}

func.func @bool() {
  %x = tenon.constant dense<[true, true, false, false]> : tensor<4xi1>
  %y = tenon.constant dense<[true, false, true, false]> : tensor<4xi1>
  %r3 = tenon.binary and_ %x, %y : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %c4 = tenon.constant dense<[true, false, false, false]> : tensor<4xi1>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<4xi1>, tensor<4xi1>
  %r5 = tenon.binary or_ %x, %y : (tensor<4xi1>, tensor<4xi1>) -> tensor<4xi1>
  %c6 = tenon.constant dense<[true, true, true, false]> : tensor<4xi1>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<4xi1>, tensor<4xi1>
  return
}

func.func @broadcast() {
  %x = tenon.constant dense<[[1.0], [2.0]]> : tensor<2x1xf32>
  %y = tenon.constant dense<[10.0, 20.0, 30.0]> : tensor<3xf32>
  %r3 = tenon.binary add %x, %y : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %c4 = tenon.constant dense<[[11.0, 21.0, 31.0], [12.0, 22.0, 32.0]]> : tensor<2x3xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  %r5 = tenon.binary sub %x, %y : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %c6 = tenon.constant dense<[[-9.0, -19.0, -29.0], [-8.0, -18.0, -28.0]]> : tensor<2x3xf32>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  %r7 = tenon.binary mul %x, %y : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %c8 = tenon.constant dense<[[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]]> : tensor<2x3xf32>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}

// Division by zero gives 0 for integers, so that no input can trap.
func.func @division_by_zero() {
  %x = tenon.constant dense<[5, -9223372036854775808]> : tensor<2xi64>
  %y = tenon.constant dense<[0, -1]> : tensor<2xi64>
  %d = tenon.binary floordiv %x, %y : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  %m = tenon.binary mod %x, %y : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  %e = tenon.constant dense<[0, -9223372036854775808]> : tensor<2xi64>
  %f = tenon.constant dense<[5, 0]> : tensor<2xi64>
  tenon.check_close %d, %e {tolerance = 0.0 : f64} : tensor<2xi64>, tensor<2xi64>
  tenon.check_close %m, %f {tolerance = 0.0 : f64} : tensor<2xi64>, tensor<2xi64>
  return
}
