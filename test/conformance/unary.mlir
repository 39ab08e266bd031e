// Every elementwise function on every element type it takes.
// RUN: tenon-check %s --shapes 5
// RUN: tenon-check %s --shapes 2 --fusion %S/Inputs/unfused.toml

!t = tensor<?x?x37xf32, #tenon.dims<[B, S, 37]>>
!n = tensor<?xf32, #tenon.dims<[S]>>
!i64 = tensor<?x5xi64, #tenon.dims<[S, 5]>>
!i32 = tensor<?x5xi32, #tenon.dims<[S, 5]>>
!i8 = tensor<?x5xi8, #tenon.dims<[S, 5]>>
!i1 = tensor<?x5xi1, #tenon.dims<[S, 5]>>
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

func.func @one_axis() -> (!n, !n, !n, !n) {
  %x = tenon.random {shape = #tenon.dims<[S]>, type = f32, low = -4.0 : f64, high = 4.0 : f64, seed = 4 : i64} : !n
  %0 = tenon.unary exp %x : (!n) -> !n
  %1 = tenon.unary gelu %x : (!n) -> !n
  %2 = tenon.unary round %x : (!n) -> !n
  %3 = tenon.unary neg %x : (!n) -> !n
  return %0, %1, %2, %3 : !n, !n, !n, !n
}

func.func @i64() -> (!i64, !i64, !i64) {
  %x = tenon.random {shape = #tenon.dims<[S, 5]>, type = i64, low = -9000000000000000.0 : f64, high = 9000000000000000.0 : f64, seed = 5 : i64} : !i64
  %0 = tenon.unary neg %x : (!i64) -> !i64
  %1 = tenon.unary abs %x : (!i64) -> !i64
  %2 = tenon.unary relu %x : (!i64) -> !i64
  return %0, %1, %2 : !i64, !i64, !i64
}

func.func @i32() -> (!i32, !i32, !i32) {
  %x = tenon.random {shape = #tenon.dims<[S, 5]>, type = i32, low = -2147483648.0 : f64, high = 2147483647.0 : f64, seed = 6 : i64} : !i32
  %0 = tenon.unary neg %x : (!i32) -> !i32
  %1 = tenon.unary abs %x : (!i32) -> !i32
  %2 = tenon.unary relu %x : (!i32) -> !i32
  return %0, %1, %2 : !i32, !i32, !i32
}

func.func @i8() -> (!i8, !i8, !i8) {
  %x = tenon.random {shape = #tenon.dims<[S, 5]>, type = i8, low = -128.0 : f64, high = 127.0 : f64, seed = 7 : i64} : !i8
  %0 = tenon.unary neg %x : (!i8) -> !i8
  %1 = tenon.unary abs %x : (!i8) -> !i8
  %2 = tenon.unary relu %x : (!i8) -> !i8
  return %0, %1, %2 : !i8, !i8, !i8
}

func.func @bool() -> (!i1) {
  %x = tenon.random {shape = #tenon.dims<[S, 5]>, type = i1, low = 0.0 : f64, high = 1.0 : f64, seed = 8 : i64} : !i1
  %0 = tenon.unary not_ %x : (!i1) -> !i1
  return %0 : !i1
}

func.func @scalar(%x: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %0 = tenon.unary exp %x : (tensor<f32>) -> tensor<f32>
  %1 = tenon.unary round %x : (tensor<f32>) -> tensor<f32>
  return %0, %1 : tensor<f32>, tensor<f32>
}

func.func @chain(%x: !t) -> (!t, !t) {
  %0 = tenon.unary tanh %x : (!t) -> !t
  %1 = tenon.unary exp %0 : (!t) -> !t
  %2 = tenon.unary sqrt %1 : (!t) -> !t
  %3 = tenon.unary neg %1 : (!t) -> !t
  return %2, %3 : !t, !t
}
