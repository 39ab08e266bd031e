// Matrix products: text form, values, broadcast axes, packed sides.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.matmul %{{.*}}, %{{.*}} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<24x37xf32>) -> tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
func.func @shared(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %y: tensor<24x37xf32>) -> (tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>) {
  %0 = tenon.matmul %x, %y : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<24x37xf32>) -> tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
  return %0 : tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
}

func.func @transposed(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %y: tensor<37x24xf32>) -> (tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>) {
  %0 = tenon.matmul %x, %y {transpose_rhs = true} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<37x24xf32>) -> tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
  return %0 : tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
}

func.func @batched(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %y: tensor<?x24x?xf32, #tenon.dims<[B, 24, S]>>) -> (tensor<?x?x?xf32, #tenon.dims<[B, S, S]>>) {
  %0 = tenon.matmul %x, %y : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<?x24x?xf32, #tenon.dims<[B, 24, S]>>) -> tensor<?x?x?xf32, #tenon.dims<[B, S, S]>>
  return %0 : tensor<?x?x?xf32, #tenon.dims<[B, S, S]>>
}

func.func @left_broadcast(%x: tensor<5x24xf32>, %y: tensor<?x24x13xf32, #tenon.dims<[B, 24, 13]>>) -> (tensor<?x5x13xf32, #tenon.dims<[B, 5, 13]>>) {
  %0 = tenon.matmul %x, %y : (tensor<5x24xf32>, tensor<?x24x13xf32, #tenon.dims<[B, 24, 13]>>) -> tensor<?x5x13xf32, #tenon.dims<[B, 5, 13]>>
  return %0 : tensor<?x5x13xf32, #tenon.dims<[B, 5, 13]>>
}

func.func @packed(%x: tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, %y: tensor<2x24x32xf32>) -> (tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>) {
  %0 = tenon.matmul %x, %y {columns = 37 : i64} : (tensor<?x?x24xf32, #tenon.dims<[B, S, 24]>>, tensor<2x24x32xf32>) -> tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
  return %0 : tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
}

func.func @dynamic_depth(%x: tensor<3x?xf32, #tenon.dims<[3, S]>>, %y: tensor<?x1xf32, #tenon.dims<[S, 1]>>) -> (tensor<3x1xf32>) {
  %0 = tenon.matmul %x, %y : (tensor<3x?xf32, #tenon.dims<[3, S]>>, tensor<?x1xf32, #tenon.dims<[S, 1]>>) -> tensor<3x1xf32>
  return %0 : tensor<3x1xf32>
}

func.func @half(%x: tensor<?x7xf16, #tenon.dims<[S, 7]>>, %y: tensor<7x3xf16>) -> (tensor<?x3xf16, #tenon.dims<[S, 3]>>) {
  %0 = tenon.matmul %x, %y : (tensor<?x7xf16, #tenon.dims<[S, 7]>>, tensor<7x3xf16>) -> tensor<?x3xf16, #tenon.dims<[S, 3]>>
  return %0 : tensor<?x3xf16, #tenon.dims<[S, 3]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[[-0.319999993, 0.209999993, 1.80999994], [-1.86000001, -1.25999999, -0.50999999]], [[-0.779999971, 1.73000002, -1.29999995], [-0.920000017, -1.39999998, -1.87]]]> : tensor<2x2x3xf32>
  %c2 = tenon.constant dense<[[-1.16999996, 1.72000003], [0.889999986, 0.970000029], [0.109999999, -1.02999997]]> : tensor<3x2xf32>
  %r3 = tenon.matmul %c1, %c2 : (tensor<2x2x3xf32>, tensor<3x2xf32>) -> tensor<2x2x2xf32>
  %c4 = tenon.constant dense<[[[0.760399938, -2.21099997], [0.998699903, -3.89610004]], [[2.30930018, 1.67550004], [-0.37529999, -1.01430023]]]> : tensor<2x2x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<2x2x2xf32>, tensor<2x2x2xf32>
  return
}

func.func @literal_transposed() {
  %c1 = tenon.constant dense<[[[-0.319999993, 0.209999993, 1.80999994], [-1.86000001, -1.25999999, -0.50999999]], [[-0.779999971, 1.73000002, -1.29999995], [-0.920000017, -1.39999998, -1.87]]]> : tensor<2x2x3xf32>
  %c2 = tenon.constant dense<[[-1.16999996, 0.889999986, 0.109999999], [1.72000003, 0.970000029, -1.02999997]]> : tensor<2x3xf32>
  %r3 = tenon.matmul %c1, %c2 {transpose_rhs = true} : (tensor<2x2x3xf32>, tensor<2x3xf32>) -> tensor<2x2x2xf32>
  %c4 = tenon.constant dense<[[[0.760399938, -2.21099997], [0.998699903, -3.89610004]], [[2.30930018, 1.67550004], [-0.37529999, -1.01430023]]]> : tensor<2x2x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<2x2x2xf32>, tensor<2x2x2xf32>
  return
}

func.func @literal_packed() {
  %c1 = tenon.constant dense<[[[-0.319999993, 0.209999993, 1.80999994], [-1.86000001, -1.25999999, -0.50999999]], [[-0.779999971, 1.73000002, -1.29999995], [-0.920000017, -1.39999998, -1.87]]]> : tensor<2x2x3xf32>
  %c2 = tenon.constant dense<[[[-1.16999996, 1.72000003, 0.0, 0.0], [0.889999986, 0.970000029, 0.0, 0.0], [0.109999999, -1.02999997, 0.0, 0.0]]]> : tensor<1x3x4xf32>
  %r3 = tenon.matmul %c1, %c2 {columns = 2 : i64} : (tensor<2x2x3xf32>, tensor<1x3x4xf32>) -> tensor<2x2x2xf32>
  %c4 = tenon.constant dense<[[[0.760399938, -2.21099997], [0.998699903, -3.89610004]], [[2.30930018, 1.67550004], [-0.37529999, -1.01430023]]]> : tensor<2x2x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<2x2x2xf32>, tensor<2x2x2xf32>
  return
}

func.func @literal_broadcast() {
  %c1 = tenon.constant dense<[[[-0.319999993, 0.209999993, 1.80999994], [-1.86000001, -1.25999999, -0.50999999]]]> : tensor<1x2x3xf32>
  %c2 = tenon.constant dense<[[[-0.319999993, -1.86000001], [0.209999993, -1.25999999], [1.80999994, -0.50999999]], [[-0.779999971, -0.920000017], [1.73000002, -1.39999998], [-1.29999995, -1.87]]]> : tensor<2x3x2xf32>
  %r3 = tenon.matmul %c1, %c2 : (tensor<1x2x3xf32>, tensor<2x3x2xf32>) -> tensor<2x2x2xf32>
  %c4 = tenon.constant dense<[[[3.42259979, -0.592499912], [-0.592499912, 5.30730009]], [[-1.74009991, -3.38429976], [-0.066000104, 4.42889977]]]> : tensor<2x2x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<2x2x2xf32>, tensor<2x2x2xf32>
  return
}
