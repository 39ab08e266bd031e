// Convolutions over one and two axes: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.conv %{{.*}}, %{{.*}} {dilations = array<i64: 1>, groups = 1 : i64, padding_high = array<i64: 1>, padding_low = array<i64: 1>, strides = array<i64: 1>}
func.func @one_axis(%x: tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, %w: tensor<5x6x3xf32>) -> (tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>) {
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 1>, padding_high = array<i64: 1>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, tensor<5x6x3xf32>) -> tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>
  return %0 : tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>
}

func.func @strided(%x: tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, %w: tensor<5x6x2xf32>) -> (tensor<?x5x?xf32, #tenon.dims<[B, 5, (S + 1) floordiv 3 + 1]>>) {
  %0 = tenon.conv %x, %w {strides = array<i64: 3>, padding_low = array<i64: 0>, padding_high = array<i64: 4>, dilations = array<i64: 2>, groups = 1 : i64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, tensor<5x6x2xf32>) -> tensor<?x5x?xf32, #tenon.dims<[B, 5, (S + 1) floordiv 3 + 1]>>
  return %0 : tensor<?x5x?xf32, #tenon.dims<[B, 5, (S + 1) floordiv 3 + 1]>>
}

func.func @grouped(%x: tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, %w: tensor<6x2x1xf32>) -> (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>) {
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 3 : i64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, tensor<6x2x1xf32>) -> tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>
  return %0 : tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>
}

func.func @two_axes(%x: tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>, %w: tensor<7x4x2x3xf32>) -> (tensor<?x7x?x5xf32, #tenon.dims<[B, 7, S, 5]>>) {
  %0 = tenon.conv %x, %w {strides = array<i64: 1, 2>, padding_low = array<i64: 0, 1>, padding_high = array<i64: 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>, tensor<7x4x2x3xf32>) -> tensor<?x7x?x5xf32, #tenon.dims<[B, 7, S, 5]>>
  return %0 : tensor<?x7x?x5xf32, #tenon.dims<[B, 7, S, 5]>>
}

func.func @depthwise(%x: tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>, %w: tensor<4x1x3x3xf32>) -> (tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>) {
  %0 = tenon.conv %x, %w {strides = array<i64: 1, 1>, padding_low = array<i64: 1, 1>, padding_high = array<i64: 1, 1>, dilations = array<i64: 1, 1>, groups = 4 : i64} : (tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>, tensor<4x1x3x3xf32>) -> tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>
  return %0 : tensor<?x4x?x9xf32, #tenon.dims<[B, 4, S, 9]>>
}

// Ops behind the movement of a result go where it goes; and the second
// convolution's length is the first one's.
func.func @moved(%x: tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, %w: tensor<5x6x3xf32>) -> tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>> {
  %0 = tenon.conv %x, %w {strides = array<i64: 1>, padding_low = array<i64: 1>, padding_high = array<i64: 1>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, tensor<5x6x3xf32>) -> tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>
  %1 = tenon.transpose %0 {permutation = array<i64: 0, 2, 1>} : (tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>) -> tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>
  %2 = tenon.unary gelu %1 : (tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>) -> tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>
  return %2 : tensor<?x?x5xf32, #tenon.dims<[B, S, 5]>>
}
func.func @chain(%x: tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, %w: tensor<6x6x2xf32>) -> tensor<?x6x?xf32, #tenon.dims<[B, 6, (S floordiv 2) floordiv 2 + 1]>> {
  %0 = tenon.conv %x, %w {strides = array<i64: 2>, padding_low = array<i64: 1>, padding_high = array<i64: 1>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S]>>, tensor<6x6x2xf32>) -> tensor<?x6x?xf32, #tenon.dims<[B, 6, S floordiv 2 + 1]>>
  %1 = tenon.conv %0, %w {strides = array<i64: 2>, padding_low = array<i64: 1>, padding_high = array<i64: 0>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<?x6x?xf32, #tenon.dims<[B, 6, S floordiv 2 + 1]>>, tensor<6x6x2xf32>) -> tensor<?x6x?xf32, #tenon.dims<[B, 6, (S floordiv 2) floordiv 2 + 1]>>
  return %1 : tensor<?x6x?xf32, #tenon.dims<[B, 6, (S floordiv 2) floordiv 2 + 1]>>
}

func.func @literal() {
  %c1 = tenon.constant dense<[[[-0.00999999978, 1.07000005, -1.64999998, -1.47000003, -0.769999981], [0.540000021, -0.0399999991, 1.59000003, -0.180000007, 0.529999971]]]> : tensor<1x2x5xf32>
  %c2 = tenon.constant dense<[[[-0.600000024, -0.389999986, -1.90999997], [-1.32000005, -0.819999993, 0.0700000003]], [[0.790000021, 1.20000005, -1.36000001], [-0.870000005, 0.730000019, 1.65999997]]]> : tensor<2x2x3xf32>
  %r3 = tenon.conv %c1, %c2 {strides = array<i64: 2>, padding_low = array<i64: 1>, padding_high = array<i64: 1>, dilations = array<i64: 1>, groups = 1 : i64} : (tensor<1x2x5xf32>, tensor<2x2x3xf32>) -> tensor<1x2x3xf32>
  %c4 = tenon.constant dense<[[[-2.48539996, 1.54559982, 0.985299945], [-1.13940001, 1.76120019, -1.54180002]]]> : tensor<1x2x3xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x2x3xf32>, tensor<1x2x3xf32>
  return
}

func.func @literal_dilated() {
  %c1 = tenon.constant dense<[[[-0.00999999978, 1.07000005, -1.64999998, -1.47000003, -0.769999981], [0.540000021, -0.0399999991, 1.59000003, -0.180000007, 0.529999971]]]> : tensor<1x2x5xf32>
  %c2 = tenon.constant dense<[[[-0.600000024, -0.389999986, -1.90999997], [-1.32000005, -0.819999993, 0.0700000003]], [[0.790000021, 1.20000005, -1.36000001], [-0.870000005, 0.730000019, 1.65999997]]]> : tensor<2x2x3xf32>
  %r3 = tenon.conv %c1, %c2 {strides = array<i64: 1>, padding_low = array<i64: 0>, padding_high = array<i64: 0>, dilations = array<i64: 2>, groups = 1 : i64} : (tensor<1x2x5xf32>, tensor<2x2x3xf32>) -> tensor<1x2x1xf32>
  %c4 = tenon.constant dense<[[[0.140699908], [0.629999995]]]> : tensor<1x2x1xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x2x1xf32>, tensor<1x2x1xf32>
  return
}

func.func @literal_grouped() {
  %c1 = tenon.constant dense<[[[[-0.409999996, 1.5, -0.319999993], [0.209999993, 1.80999994, -1.86000001], [-1.25999999, -0.50999999, -0.779999971], [1.73000002, -1.29999995, -0.920000017]], [[-1.39999998, -1.87, -1.16999996], [1.72000003, 0.889999986, 0.970000029], [0.109999999, -1.02999997, 0.340000004], [-1.87, -1.45000005, -1.02999997]]]]> : tensor<1x2x4x3xf32>
  %c2 = tenon.constant dense<[[[[1.25999999, 1.16999996], [-0.889999986, -0.0700000003]]], [[[1.27999997, 1.99000001], [0.790000021, 0.270000011]]], [[[1.34000003, -1.17999995], [0.370000005, -1.54999995]]], [[[-1.38999999, -1.02999997], [0.899999976, 0.800000012]]]]> : tensor<4x1x2x2xf32>
  %r3 = tenon.conv %c1, %c2 {strides = array<i64: 1, 1>, padding_low = array<i64: 1, 0>, padding_high = array<i64: 1, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64} : (tensor<1x2x4x3xf32>, tensor<4x1x2x2xf32>) -> tensor<1x4x5x2xf32>
  %c4 = tenon.constant dense<[[[[0.259900004, -1.31260002], [0.924799979, 0.0349000432], [3.53939986, 0.612899899], [-3.6329999, -0.333800048], [0.658800125, -2.71439981]], [[0.0811000019, 1.09860003], [3.11479998, 2.21089983], [2.73759985, -1.99810016], [-1.61199999, -3.48039985], [-0.37259987, -3.49479985]], [[2.38049984, 1.12159991], [-0.412500054, -2.29940009], [2.89179993, -0.860099971], [2.91839981, -0.721400023], [-0.794800043, -0.727600157]], [[-2.75600004, -2.61899996], [6.13209963, 5.38139963], [-4.03249979, -2.89120007], [-1.93500006, -1.0474999], [4.09280014, 3.07640004]]]]> : tensor<1x4x5x2xf32>
  tenon.check_close %r3, %c4 {tolerance = 1.0e-06 : f64} : tensor<1x4x5x2xf32>, tensor<1x4x5x2xf32>
  return
}
