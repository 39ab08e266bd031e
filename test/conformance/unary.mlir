// Every elementwise function, on odd sizes, with fusion on and off.
// RUN: tenon-check %s --shapes 6

!t = tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
tenon.symbol @B in [1, 5] typical 2
tenon.symbol @S in [1, 70] typical 17

func.func @smooth() -> (!t, !t, !t, !t, !t, !t, !t, !t) {
  %x = tenon.random {shape = #tenon.dims<[B, S, 37]>, type = f32, low = -9.0 : f64, high = 9.0 : f64, seed = 1 : i64} : !t
  %0 = tenon.unary exp %x : (!t) -> !t
  %1 = tenon.unary erf %x : (!t) -> !t
  %2 = tenon.unary tanh %x : (!t) -> !t
  %3 = tenon.unary sigmoid %x : (!t) -> !t
  %4 = tenon.unary gelu %x : (!t) -> !t
  %5 = tenon.unary gelu_tanh %x : (!t) -> !t
  %6 = tenon.unary silu %x : (!t) -> !t
  %7 = tenon.unary softplus %x : (!t) -> !t
  return %0, %1, %2, %3, %4, %5, %6, %7 : !t, !t, !t, !t, !t, !t, !t, !t
}

func.func @positive() -> (!t, !t, !t) {
  %x = tenon.random {shape = #tenon.dims<[B, S, 37]>, type = f32, low = 0.0001 : f64, high = 90.0 : f64, seed = 2 : i64} : !t
  %0 = tenon.unary log %x : (!t) -> !t
  %1 = tenon.unary sqrt %x : (!t) -> !t
  %2 = tenon.unary rsqrt %x : (!t) -> !t
  return %0, %1, %2 : !t, !t, !t
}

func.func @rest() -> (!t, !t, !t, !t, !t, !t, !t, !t, !t) {
  %x = tenon.random {shape = #tenon.dims<[B, S, 37]>, type = f32, low = -300.0 : f64, high = 300.0 : f64, seed = 3 : i64} : !t
  %0 = tenon.unary neg %x : (!t) -> !t
  %1 = tenon.unary abs %x : (!t) -> !t
  %2 = tenon.unary relu %x : (!t) -> !t
  %3 = tenon.unary sin %x : (!t) -> !t
  %4 = tenon.unary cos %x : (!t) -> !t
  %5 = tenon.unary floor %x : (!t) -> !t
  %6 = tenon.unary ceil %x : (!t) -> !t
  %7 = tenon.unary round %x : (!t) -> !t
  %8 = tenon.unary hardswish %x : (!t) -> !t
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : !t, !t, !t, !t, !t, !t, !t, !t, !t
}
