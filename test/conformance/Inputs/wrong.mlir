func.func @wrong() {
  %x = tenon.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %y = tenon.constant dense<[1.0, 2.5]> : tensor<2xf32>
  // An error of a fifth of the largest element.
  tenon.check_close %x, %y {tolerance = 1.0e-1 : f64} : tensor<2xf32>, tensor<2xf32>
  return
}
