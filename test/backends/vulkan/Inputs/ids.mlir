func.func @embed(%table: tensor<11x36xf32>) -> tensor<7x36xf32> {
  %ids = tenon.random {shape = #tenon.dims<[7]>, type = i64, low = 0.0 : f64, high = 10.0 : f64, seed = 7 : i64} : tensor<7xi64>
  %0 = tenon.gather %table, %ids {axis = 0 : i64} : (tensor<11x36xf32>, tensor<7xi64>) -> tensor<7x36xf32>
  return %0 : tensor<7x36xf32>
}
