// Elementwise operators: text form, and values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s

// CHECK-LABEL: @form
// CHECK: tenon.binary floordiv %{{.*}}, %{{.*}} : (tensor<?x1xi64, #tenon.dims<[S, 1]>>, tensor<3xi64>) -> tensor<?x3xi64, #tenon.dims<[S, 3]>>
func.func @form(%x: tensor<?x1xi64, #tenon.dims<[S, 1]>>, %y: tensor<3xi64>) -> tensor<?x3xi64, #tenon.dims<[S, 3]>> {
  %0 = tenon.binary floordiv %x, %y : (tensor<?x1xi64, #tenon.dims<[S, 1]>>, tensor<3xi64>) -> tensor<?x3xi64, #tenon.dims<[S, 3]>>
  return %0 : tensor<?x3xi64, #tenon.dims<[S, 3]>>
}

func.func @floats() {
  %x = tenon.constant dense<[-7.5, -7.5, 7.5, 7.5, 0.0, 1000.5, 3.0]> : tensor<7xf32>
  %y = tenon.constant dense<[2.0, -2.0, 2.0, -2.0, 3.0, 7.0, 0.5]> : tensor<7xf32>
  %r3 = tenon.binary add %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c4 = tenon.constant dense<[-5.5, -9.5, 9.5, 5.5, 3.0, 1007.5, 3.5]> : tensor<7xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  %r5 = tenon.binary sub %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c6 = tenon.constant dense<[-9.5, -5.5, 5.5, 9.5, -3.0, 993.5, 2.5]> : tensor<7xf32>
  tenon.check_close %r5, %c6 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  %r7 = tenon.binary mul %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c8 = tenon.constant dense<[-15.0, 15.0, 15.0, -15.0, 0.0, 7003.5, 1.5]> : tensor<7xf32>
  tenon.check_close %r7, %c8 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  %r9 = tenon.binary div %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c10 = tenon.constant dense<[-3.75, 3.75, 3.75, -3.75, 0.0, 142.928574, 6.0]> : tensor<7xf32>
  tenon.check_close %r9, %c10 {tolerance = 1.0e-06 : f64} : tensor<7xf32>, tensor<7xf32>
  %r11 = tenon.binary floordiv %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c12 = tenon.constant dense<[-4.0, 3.0, 3.0, -4.0, 0.0, 142.0, 6.0]> : tensor<7xf32>
  tenon.check_close %r11, %c12 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  %r13 = tenon.binary mod %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c14 = tenon.constant dense<[0.5, -1.5, 1.5, -0.5, 0.0, 6.5, 0.0]> : tensor<7xf32>
  tenon.check_close %r13, %c14 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  %r15 = tenon.binary min %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c16 = tenon.constant dense<[-7.5, -7.5, 2.0, -2.0, 0.0, 7.0, 0.5]> : tensor<7xf32>
  tenon.check_close %r15, %c16 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  %r17 = tenon.binary max %x, %y : (tensor<7xf32>, tensor<7xf32>) -> tensor<7xf32>
  %c18 = tenon.constant dense<[2.0, -2.0, 7.5, 7.5, 3.0, 1000.5, 3.0]> : tensor<7xf32>
  tenon.check_close %r17, %c18 {tolerance = 0.0 : f64} : tensor<7xf32>, tensor<7xf32>
  return
}

func.func @power() {
  %x = tenon.constant dense<[0.0, 2.0, 2.0, 9.0, 0.5]> : tensor<5xf32>
  %y = tenon.constant dense<[0.0, 10.0, -1.0, 0.5, 3.5]> : tensor<5xf32>
  %r3 = tenon.binary pow %x, %y : (tensor<5xf32>, tensor<5xf32>) -> tensor<5xf32>
  %c4 = tenon.constant dense<[1.0, 1024.0, 0.5, 3.0, 0.0883883461]> : tensor<5xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<5xf32>, tensor<5xf32>
  return
}
