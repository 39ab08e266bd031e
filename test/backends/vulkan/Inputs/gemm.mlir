// A product with everything that is fused behind it.
tenon.symbol @S in [1, 130] typical 65
!x = tensor<?x48xf32, #tenon.dims<[S, 48]>>
!y = tensor<?x37xf32, #tenon.dims<[S, 37]>>

func.func @gemm(%x: !x, %w: tensor<48x37xf32>, %b: tensor<37xf32>, %residual: !y) -> !y attributes {tenon.entry} {
  %0 = tenon.matmul %x, %w : (!x, tensor<48x37xf32>) -> !y
  %1 = tenon.binary add %0, %b : (!y, tensor<37xf32>) -> !y
  %2 = tenon.unary gelu %1 : (!y) -> !y
  %3 = tenon.binary add %2, %residual : (!y, !y) -> !y
  return %3 : !y
}
