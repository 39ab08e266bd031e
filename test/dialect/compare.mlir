// Comparisons: text form, and values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s

// CHECK-LABEL: @form
// CHECK: tenon.compare le %{{.*}}, %{{.*}} : (tensor<?xf32, #tenon.dims<[S]>>, tensor<f32>) -> tensor<?xi1, #tenon.dims<[S]>>
func.func @form(%x: tensor<?xf32, #tenon.dims<[S]>>, %y: tensor<f32>) -> tensor<?xi1, #tenon.dims<[S]>> {
  %0 = tenon.compare le %x, %y : (tensor<?xf32, #tenon.dims<[S]>>, tensor<f32>) -> tensor<?xi1, #tenon.dims<[S]>>
  return %0 : tensor<?xi1, #tenon.dims<[S]>>
}

func.func @floats() {
  %x = tenon.constant dense<[1.0, 2.0, 3.0, 0x7FC00000, 0x7FC00000, -0.0, 0x7F800000]> : tensor<7xf32>
  %y = tenon.constant dense<[2.0, 2.0, 2.0, 1.0, 0x7FC00000, 0.0, 0x7F800000]> : tensor<7xf32>
  %r3 = tenon.compare eq %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
  %c4 = tenon.constant dense<[false, true, false, false, false, true, true]> : tensor<7xi1>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<7xi1>, tensor<7xi1>
  %r5 = tenon.compare ne %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
  %c6 = tenon.constant dense<[true, false, true, true, true, false, false]> : tensor<7xi1>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<7xi1>, tensor<7xi1>
  %r7 = tenon.compare lt %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
  %c8 = tenon.constant dense<[true, false, false, false, false, false, false]> : tensor<7xi1>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<7xi1>, tensor<7xi1>
  %r9 = tenon.compare le %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
  %c10 = tenon.constant dense<[true, true, false, false, false, true, true]> : tensor<7xi1>
  tenon.check_close %r9, %c10 {tolerance = 0.0 : f64} : tensor<7xi1>, tensor<7xi1>
  %r11 = tenon.compare gt %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
  %c12 = tenon.constant dense<[false, false, true, false, false, false, false]> : tensor<7xi1>
  tenon.check_close %r11, %c12 {tolerance = 0.0 : f64} : tensor<7xi1>, tensor<7xi1>
  %r13 = tenon.compare ge %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xi1>
  %c14 = tenon.constant dense<[false, true, true, false, false, true, true]> : tensor<7xi1>
  tenon.check_close %r13, %c14 {tolerance = 0.0 : f64} : tensor<7xi1>, tensor<7xi1>
  return
}

func.func @i64() {
  %x = tenon.constant dense<[-3, 5, 5]> : tensor<3xi64>
  %y = tenon.constant dense<[4, 5, -9223372036854775808]> : tensor<3xi64>
  %r3 = tenon.compare eq %x, %y : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
  %c4 = tenon.constant dense<[false, true, false]> : tensor<3xi1>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  %r5 = tenon.compare ne %x, %y : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
  %c6 = tenon.constant dense<[true, false, true]> : tensor<3xi1>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  %r7 = tenon.compare lt %x, %y : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
  %c8 = tenon.constant dense<[true, false, false]> : tensor<3xi1>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  %r9 = tenon.compare le %x, %y : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
  %c10 = tenon.constant dense<[true, true, false]> : tensor<3xi1>
  tenon.check_close %r9, %c10 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  %r11 = tenon.compare gt %x, %y : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
  %c12 = tenon.constant dense<[false, false, true]> : tensor<3xi1>
  tenon.check_close %r11, %c12 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  %r13 = tenon.compare ge %x, %y : (tensor<3xi64>, tensor<3xi64>) -> tensor<3xi1>
  %c14 = tenon.constant dense<[false, true, true]> : tensor<3xi1>
  tenon.check_close %r13, %c14 {tolerance = 0.0 : f64} : tensor<3xi1>, tensor<3xi1>
  return
}
