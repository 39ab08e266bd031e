// A row reduction.
tenon.symbol @S in [1, 130] typical 65
!x = tensor<?x96xf32, #tenon.dims<[S, 96]>>

func.func @norm(%x: !x, %w: tensor<96xf32>, %b: tensor<96xf32>) -> !x attributes {tenon.entry} {
  %0 = tenon.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (!x, tensor<96xf32>, tensor<96xf32>) -> !x
  return %0 : !x
}
