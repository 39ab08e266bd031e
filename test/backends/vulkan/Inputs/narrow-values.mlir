// Heads with many features of keys and few of values: several threads share an output.
tenon.symbol @S in [1, 40] typical 17
!q = tensor<1x2x?x64xf32, #tenon.dims<[1, 2, S, 64]>>
!v = tensor<1x2x?x4xf32, #tenon.dims<[1, 2, S, 4]>>

func.func @main(%q: !q, %k: !q, %v: !v) -> !v attributes {tenon.entry} {
  %0 = tenon.attention %q, %k, %v {scale = 0.125 : f64} : (!q, !q, !v) -> !v {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !v
}

func.func @codes(%q: !q, %k: !q, %v: !v) -> !v {
  %0 = tenon.attention %q, %k, %v of codes {scale = 0.125 : f64} : (!q, !q, !v) -> !v {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    tenon.yield %s : f32
  }
  return %0 : !v
}
