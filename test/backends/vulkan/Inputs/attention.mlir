// Attention of 12 heads with a mask.
!h = tensor<1x12x128x64xf32>
func.func @main(%q: !h, %k: !h, %v: !h, %keep: tensor<1x128xi1>) -> !h attributes {tenon.entry} {
  %0 = tenon.attention %q, %k, %v, %keep {scale = 0.125 : f64} : (!h, !h, !h, tensor<1x128xi1>) -> !h {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index, %ck: tensor<1x128xi1>):
    %m = arith.constant -3.40282347E+38 : f32
    %p = tenon.extract %ck[%b, %j] : (tensor<1x128xi1>, index, index) -> i1
    %r = tenon.select %p, %s, %m : (i1, f32, f32) -> f32
    tenon.yield %r : f32
  }
  return %0 : !h
}
