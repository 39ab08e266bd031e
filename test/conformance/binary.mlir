// Every elementwise operator and comparison, with broadcasting.
// RUN: tenon-check %s --shapes 5
// RUN: tenon-check %s --shapes 2 --fusion %S/Inputs/unfused.toml

!t = tensor<?x?x19xf32, #tenon.dims<[B, S, 19]>>
!b = tensor<?x?x19xi1, #tenon.dims<[B, S, 19]>>
!i64 = tensor<?x?xi64, #tenon.dims<[B, S]>>
!i32 = tensor<?x?xi32, #tenon.dims<[B, S]>>
!i8 = tensor<?x?xi8, #tenon.dims<[B, S]>>
!i1 = tensor<?x?xi1, #tenon.dims<[B, S]>>
tenon.symbol @B in [1, 5] typical 2
tenon.symbol @S in [1, 70] typical 17

func.func @floats(%x: !t, %y: !t) -> (!t, !t, !t, !t, !t, !t, !t, !t) {
  %0 = tenon.binary add %x, %y : (!t, !t) -> !t
  %1 = tenon.binary sub %x, %y : (!t, !t) -> !t
  %2 = tenon.binary mul %x, %y : (!t, !t) -> !t
  %3 = tenon.binary div %x, %y : (!t, !t) -> !t
  %4 = tenon.binary floordiv %x, %y : (!t, !t) -> !t
  %5 = tenon.binary mod %x, %y : (!t, !t) -> !t
  %6 = tenon.binary min %x, %y : (!t, !t) -> !t
  %7 = tenon.binary max %x, %y : (!t, !t) -> !t
  return %0, %1, %2, %3, %4, %5, %6, %7 : !t, !t, !t, !t, !t, !t, !t, !t
}

func.func @power() -> !t {
  %x = tenon.random {shape = #tenon.dims<[B, S, 19]>, type = f32, low = 0.01 : f64, high = 9.0 : f64, seed = 1 : i64} : !t
  %y = tenon.random {shape = #tenon.dims<[B, S, 19]>, type = f32, low = -3.0 : f64, high = 3.0 : f64, seed = 2 : i64} : !t
  %0 = tenon.binary pow %x, %y : (!t, !t) -> !t
  return %0 : !t
}

func.func @broadcast(%x: !t, %row: tensor<19xf32>, %column: tensor<?x1xf32, #tenon.dims<[S, 1]>>, %one: tensor<f32>, %batch: tensor<?x1x1xf32, #tenon.dims<[B, 1, 1]>>) -> (!t, !t, !t, !t, !t) {
  %0 = tenon.binary add %x, %row : (!t, tensor<19xf32>) -> !t
  %1 = tenon.binary sub %column, %x : (tensor<?x1xf32, #tenon.dims<[S, 1]>>, !t) -> !t
  %2 = tenon.binary mul %x, %one : (!t, tensor<f32>) -> !t
  %3 = tenon.binary max %batch, %0 : (tensor<?x1x1xf32, #tenon.dims<[B, 1, 1]>>, !t) -> !t
  %4 = tenon.binary mul %column, %row : (tensor<?x1xf32, #tenon.dims<[S, 1]>>, tensor<19xf32>) -> tensor<?x19xf32, #tenon.dims<[S, 19]>>
  %5 = tenon.binary add %4, %batch : (tensor<?x19xf32, #tenon.dims<[S, 19]>>, tensor<?x1x1xf32, #tenon.dims<[B, 1, 1]>>) -> !t
  return %0, %1, %2, %3, %5 : !t, !t, !t, !t, !t
}

func.func @i64() -> (!i64, !i64, !i64, !i64, !i64, !i64, !i64, !i64, !i64) {
  %x = tenon.random {shape = #tenon.dims<[B, S]>, type = i64, low = -9000000000000000.0 : f64, high = 9000000000000000.0 : f64, seed = 3 : i64} : !i64
  %y = tenon.random {shape = #tenon.dims<[B, S]>, type = i64, low = -7.0 : f64, high = 7.0 : f64, seed = 4 : i64} : !i64
  %0 = tenon.binary add %x, %y : (!i64, !i64) -> !i64
  %1 = tenon.binary sub %x, %y : (!i64, !i64) -> !i64
  %2 = tenon.binary mul %x, %y : (!i64, !i64) -> !i64
  %3 = tenon.binary floordiv %x, %y : (!i64, !i64) -> !i64
  %4 = tenon.binary mod %x, %y : (!i64, !i64) -> !i64
  %5 = tenon.binary min %x, %y : (!i64, !i64) -> !i64
  %6 = tenon.binary max %x, %y : (!i64, !i64) -> !i64
  %7 = tenon.binary and_ %x, %y : (!i64, !i64) -> !i64
  %8 = tenon.binary or_ %x, %y : (!i64, !i64) -> !i64
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : !i64, !i64, !i64, !i64, !i64, !i64, !i64, !i64, !i64
}

func.func @i32() -> (!i32, !i32, !i32, !i32, !i32, !i32, !i32, !i32, !i32) {
  %x = tenon.random {shape = #tenon.dims<[B, S]>, type = i32, low = -2147483648.0 : f64, high = 2147483647.0 : f64, seed = 3 : i64} : !i32
  %y = tenon.random {shape = #tenon.dims<[B, S]>, type = i32, low = -7.0 : f64, high = 7.0 : f64, seed = 4 : i64} : !i32
  %0 = tenon.binary add %x, %y : (!i32, !i32) -> !i32
  %1 = tenon.binary sub %x, %y : (!i32, !i32) -> !i32
  %2 = tenon.binary mul %x, %y : (!i32, !i32) -> !i32
  %3 = tenon.binary floordiv %x, %y : (!i32, !i32) -> !i32
  %4 = tenon.binary mod %x, %y : (!i32, !i32) -> !i32
  %5 = tenon.binary min %x, %y : (!i32, !i32) -> !i32
  %6 = tenon.binary max %x, %y : (!i32, !i32) -> !i32
  %7 = tenon.binary and_ %x, %y : (!i32, !i32) -> !i32
  %8 = tenon.binary or_ %x, %y : (!i32, !i32) -> !i32
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : !i32, !i32, !i32, !i32, !i32, !i32, !i32, !i32, !i32
}

func.func @i8() -> (!i8, !i8, !i8, !i8, !i8, !i8, !i8, !i8, !i8) {
  %x = tenon.random {shape = #tenon.dims<[B, S]>, type = i8, low = -128.0 : f64, high = 127.0 : f64, seed = 3 : i64} : !i8
  %y = tenon.random {shape = #tenon.dims<[B, S]>, type = i8, low = -2.0 : f64, high = 2.0 : f64, seed = 4 : i64} : !i8
  %0 = tenon.binary add %x, %y : (!i8, !i8) -> !i8
  %1 = tenon.binary sub %x, %y : (!i8, !i8) -> !i8
  %2 = tenon.binary mul %x, %y : (!i8, !i8) -> !i8
  %3 = tenon.binary floordiv %x, %y : (!i8, !i8) -> !i8
  %4 = tenon.binary mod %x, %y : (!i8, !i8) -> !i8
  %5 = tenon.binary min %x, %y : (!i8, !i8) -> !i8
  %6 = tenon.binary max %x, %y : (!i8, !i8) -> !i8
  %7 = tenon.binary and_ %x, %y : (!i8, !i8) -> !i8
  %8 = tenon.binary or_ %x, %y : (!i8, !i8) -> !i8
  return %0, %1, %2, %3, %4, %5, %6, %7, %8 : !i8, !i8, !i8, !i8, !i8, !i8, !i8, !i8, !i8
}

func.func @bool(%x: !i1, %y: !i1) -> (!i1, !i1) {
  %0 = tenon.binary and_ %x, %y : (!i1, !i1) -> !i1
  %1 = tenon.binary or_ %x, %y : (!i1, !i1) -> !i1
  return %0, %1 : !i1, !i1
}
