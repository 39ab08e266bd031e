// Products of fp16 with few rows and with many.
tenon.symbol @S in [1, 512] typical 128
func.func @few(%x: tensor<4x48xf16>, %w: tensor<48x64xf16>) -> tensor<4x64xf32> attributes {tenon.entry} {
  %0 = tenon.matmul %x, %w {wide = true} : (tensor<4x48xf16>, tensor<48x64xf16>) -> tensor<4x64xf32>
  return %0 : tensor<4x64xf32>
}
func.func @many(%x: tensor<?x48xf16, #tenon.dims<[S, 48]>>, %w: tensor<48x64xf16>) -> tensor<?x64xf32, #tenon.dims<[S, 64]>> attributes {tenon.entry} {
  %0 = tenon.matmul %x, %w {wide = true} : (tensor<?x48xf16, #tenon.dims<[S, 48]>>, tensor<48x64xf16>) -> tensor<?x64xf32, #tenon.dims<[S, 64]>>
  return %0 : tensor<?x64xf32, #tenon.dims<[S, 64]>>
}
