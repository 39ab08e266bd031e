// Products of bytes: a right side as it is, and packed in fours.
func.func @plain(%x: tensor<64x40xi8>, %w: tensor<40x64xi8>) -> tensor<64x64xi32> attributes {tenon.entry} {
  %0 = tenon.matmul %x, %w : (tensor<64x40xi8>, tensor<40x64xi8>) -> tensor<64x64xi32>
  return %0 : tensor<64x64xi32>
}
func.func @packed(%x: tensor<64x40xi8>, %w: tensor<2x10x32x4xi8>) -> tensor<64x64xi32> attributes {tenon.entry} {
  %0 = tenon.matmul %x, %w {columns = 64 : i64} : (tensor<64x40xi8>, tensor<2x10x32x4xi8>) -> tensor<64x64xi32>
  return %0 : tensor<64x64xi32>
}
