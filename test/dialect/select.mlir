// Choices: text form, and values by hand.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s

// CHECK-LABEL: @form
// CHECK: tenon.select %{{.*}}, %{{.*}}, %{{.*}} : (tensor<?x1xi1, #tenon.dims<[S, 1]>>, tensor<4xf32>, tensor<f32>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>>
func.func @form(%c: tensor<?x1xi1, #tenon.dims<[S, 1]>>, %x: tensor<4xf32>, %y: tensor<f32>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>> {
  %0 = tenon.select %c, %x, %y : (tensor<?x1xi1, #tenon.dims<[S, 1]>>, tensor<4xf32>, tensor<f32>) -> tensor<?x4xf32, #tenon.dims<[S, 4]>>
  return %0 : tensor<?x4xf32, #tenon.dims<[S, 4]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[true], [false]]> : tensor<2x1xi1>
  %c2 = tenon.constant dense<[1.0, 0x7FC00000, 3.0]> : tensor<3xf32>
  %c3 = tenon.constant dense<0xFF800000> : tensor<f32>
  %r4 = tenon.select %c1, %c2, %c3 : (tensor<2x1xi1>, tensor<3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %c5 = tenon.constant dense<[[1.0, 0x7FC00000, 3.0], [0xFF800000, 0xFF800000, 0xFF800000]]> : tensor<2x3xf32>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<2x3xf32>, tensor<2x3xf32>
  return
}
