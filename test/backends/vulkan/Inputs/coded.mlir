func.func @main(%x: tensor<1x2x5x8xf32>) -> tensor<1x2x5x8xf32> {
  %0 = tenon.attention %x, %x, %x of codes {scale = 0.5 : f64} : (tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> tensor<1x2x5x8xf32> {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : tensor<1x2x5x8xf32>
}
