// Elementwise functions: text form, and values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s

// CHECK-LABEL: @form
// CHECK: tenon.unary gelu_tanh %{{.*}} : (tensor<?x3xf32, #tenon.dims<[S, 3]>>) -> tensor<?x3xf32, #tenon.dims<[S, 3]>>
// CHECK: tenon.unary not_ %{{.*}} : (tensor<i1>) -> tensor<i1>
func.func @form(%x: tensor<?x3xf32, #tenon.dims<[S, 3]>>, %b: tensor<i1>) -> (tensor<?x3xf32, #tenon.dims<[S, 3]>>, tensor<i1>) {
  %0 = tenon.unary gelu_tanh %x : (tensor<?x3xf32, #tenon.dims<[S, 3]>>) -> tensor<?x3xf32, #tenon.dims<[S, 3]>>
  %1 = tenon.unary not_ %b : (tensor<i1>) -> tensor<i1>
  return %0, %1 : tensor<?x3xf32, #tenon.dims<[S, 3]>>, tensor<i1>
}

func.func @literal() {
  %x = tenon.constant dense<[-3.5, -1.0, -0.5, -0.0, 0.5, 1.5, 2.5, 7.25]> : tensor<8xf32>
  %r2 = tenon.unary neg %x : (tensor<8xf32>) -> tensor<8xf32>
  %c3 = tenon.constant dense<[3.5, 1.0, 0.5, 0.0, -0.5, -1.5, -2.5, -7.25]> : tensor<8xf32>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<8xf32>, tensor<8xf32>
  %r4 = tenon.unary abs %x : (tensor<8xf32>) -> tensor<8xf32>
  %c5 = tenon.constant dense<[3.5, 1.0, 0.5, 0.0, 0.5, 1.5, 2.5, 7.25]> : tensor<8xf32>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<8xf32>, tensor<8xf32>
  %r6 = tenon.unary exp %x : (tensor<8xf32>) -> tensor<8xf32>
  %c7 = tenon.constant dense<[0.0301973838, 0.36787945, 0.606530666, 1.0, 1.64872122, 4.48168898, 12.1824942, 1408.10486]> : tensor<8xf32>
  tenon.check_close %r6, %c7 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r8 = tenon.unary sin %x : (tensor<8xf32>) -> tensor<8xf32>
  %c9 = tenon.constant dense<[0.350783229, -0.841470957, -0.47942555, -0.0, 0.47942555, 0.997494996, 0.598472118, 0.823080897]> : tensor<8xf32>
  tenon.check_close %r8, %c9 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r10 = tenon.unary cos %x : (tensor<8xf32>) -> tensor<8xf32>
  %c11 = tenon.constant dense<[-0.93645668, 0.540302336, 0.87758255, 1.0, 0.87758255, 0.070737198, -0.801143587, 0.567924201]> : tensor<8xf32>
  tenon.check_close %r10, %c11 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r12 = tenon.unary erf %x : (tensor<8xf32>) -> tensor<8xf32>
  %c13 = tenon.constant dense<[-0.999999285, -0.842700779, -0.520499885, -0.0, 0.520499885, 0.966105163, 0.999593019, 1.0]> : tensor<8xf32>
  tenon.check_close %r12, %c13 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r14 = tenon.unary tanh %x : (tensor<8xf32>) -> tensor<8xf32>
  %c15 = tenon.constant dense<[-0.998177886, -0.761594176, -0.462117165, -0.0, 0.462117165, 0.905148268, 0.986614287, 0.999998987]> : tensor<8xf32>
  tenon.check_close %r14, %c15 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r16 = tenon.unary sigmoid %x : (tensor<8xf32>) -> tensor<8xf32>
  %c17 = tenon.constant dense<[0.0293122306, 0.268941432, 0.377540678, 0.5, 0.622459352, 0.817574441, 0.924141824, 0.999290347]> : tensor<8xf32>
  tenon.check_close %r16, %c17 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r18 = tenon.unary relu %x : (tensor<8xf32>) -> tensor<8xf32>
  %c19 = tenon.constant dense<[0.0, 0.0, 0.0, -0.0, 0.5, 1.5, 2.5, 7.25]> : tensor<8xf32>
  tenon.check_close %r18, %c19 {tolerance = 0.0 : f64} : tensor<8xf32>, tensor<8xf32>
  %r20 = tenon.unary gelu %x : (tensor<8xf32>) -> tensor<8xf32>
  %c21 = tenon.constant dense<[-0.000814333558, -0.158655256, -0.154268771, -0.0, 0.345731229, 1.39978909, 2.48447585, 7.25]> : tensor<8xf32>
  tenon.check_close %r20, %c21 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r22 = tenon.unary gelu_tanh %x : (tensor<8xf32>) -> tensor<8xf32>
  %c23 = tenon.constant dense<[-0.000616148114, -0.158807993, -0.154285997, -0.0, 0.345714003, 1.39957154, 2.48491573, 7.25]> : tensor<8xf32>
  tenon.check_close %r22, %c23 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r24 = tenon.unary silu %x : (tensor<8xf32>) -> tensor<8xf32>
  %c25 = tenon.constant dense<[-0.102592811, -0.268941432, -0.188770339, -0.0, 0.311229676, 1.22636163, 2.31035447, 7.2448554]> : tensor<8xf32>
  tenon.check_close %r24, %c25 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r26 = tenon.unary hardswish %x : (tensor<8xf32>) -> tensor<8xf32>
  %c27 = tenon.constant dense<[-0.0, -0.333333343, -0.208333328, -0.0, 0.291666657, 1.125, 2.29166675, 7.25]> : tensor<8xf32>
  tenon.check_close %r26, %c27 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r28 = tenon.unary softplus %x : (tensor<8xf32>) -> tensor<8xf32>
  %c29 = tenon.constant dense<[0.0297504179, 0.313261688, 0.474076986, 0.693147182, 0.974076986, 1.70141327, 2.57888985, 7.25071001]> : tensor<8xf32>
  tenon.check_close %r28, %c29 {tolerance = 1.0e-06 : f64} : tensor<8xf32>, tensor<8xf32>
  %r30 = tenon.unary floor %x : (tensor<8xf32>) -> tensor<8xf32>
  %c31 = tenon.constant dense<[-4.0, -1.0, -1.0, -0.0, 0.0, 1.0, 2.0, 7.0]> : tensor<8xf32>
  tenon.check_close %r30, %c31 {tolerance = 0.0 : f64} : tensor<8xf32>, tensor<8xf32>
  %r32 = tenon.unary ceil %x : (tensor<8xf32>) -> tensor<8xf32>
  %c33 = tenon.constant dense<[-3.0, -1.0, -0.0, -0.0, 1.0, 2.0, 3.0, 8.0]> : tensor<8xf32>
  tenon.check_close %r32, %c33 {tolerance = 0.0 : f64} : tensor<8xf32>, tensor<8xf32>
  %r34 = tenon.unary round %x : (tensor<8xf32>) -> tensor<8xf32>
  %c35 = tenon.constant dense<[-4.0, -1.0, -0.0, -0.0, 0.0, 2.0, 2.0, 7.0]> : tensor<8xf32>
  tenon.check_close %r34, %c35 {tolerance = 0.0 : f64} : tensor<8xf32>, tensor<8xf32>
  return
}

func.func @positive() {
  %x = tenon.constant dense<[0.0, 0.25, 1.0, 3.0, 9.99999968e-21, 1.00000002e+30]> : tensor<6xf32>
  %r2 = tenon.unary log %x : (tensor<6xf32>) -> tensor<6xf32>
  %c3 = tenon.constant dense<[0xFF800000, -1.38629436, 0.0, 1.09861231, -46.0517006, 69.0775528]> : tensor<6xf32>
  tenon.check_close %r2, %c3 {tolerance = 1.0e-06 : f64} : tensor<6xf32>, tensor<6xf32>
  %r4 = tenon.unary sqrt %x : (tensor<6xf32>) -> tensor<6xf32>
  %c5 = tenon.constant dense<[0.0, 0.5, 1.0, 1.73205078, 1.00000001e-10, 999999987000000.0]> : tensor<6xf32>
  tenon.check_close %r4, %c5 {tolerance = 1.0e-06 : f64} : tensor<6xf32>, tensor<6xf32>
  %r6 = tenon.unary rsqrt %x : (tensor<6xf32>) -> tensor<6xf32>
  %c7 = tenon.constant dense<[0x7F800000, 2.0, 1.0, 0.577350259, 10000000000.0, 1.0e-15]> : tensor<6xf32>
  tenon.check_close %r6, %c7 {tolerance = 1.0e-06 : f64} : tensor<6xf32>, tensor<6xf32>
  return
}
