// Comparisons of every element type, and choices by them.
// RUN: tenon-check %s --shapes 5 --tolerance 0
// RUN: tenon-check %s --shapes 2 --tolerance 0 --fusion %S/Inputs/unfused.toml

!t = tensor<?x?xf32, #tenon.dims<[S, T]>>
!i64 = tensor<?x?xi64, #tenon.dims<[S, T]>>
!i32 = tensor<?x?xi32, #tenon.dims<[S, T]>>
!i8 = tensor<?x?xi8, #tenon.dims<[S, T]>>
!i1 = tensor<?x?xi1, #tenon.dims<[S, T]>>
tenon.symbol @S in [1, 40] typical 5
tenon.symbol @T in [1, 70] typical 33

func.func @f32() -> (!i1, !i1, !i1, !i1, !i1, !i1) {
  %x = tenon.random {shape = #tenon.dims<[S, T]>, type = f32, low = -3.0 : f64, high = 3.0 : f64, seed = 1 : i64} : !t
  %y = tenon.random {shape = #tenon.dims<[S, T]>, type = f32, low = -3.0 : f64, high = 3.0 : f64, seed = 2 : i64} : !t
  %a = tenon.unary round %x : (!t) -> !t
  %b = tenon.unary round %y : (!t) -> !t
  %0 = tenon.compare eq %a, %b : (!t, !t) -> !i1
  %1 = tenon.compare ne %a, %b : (!t, !t) -> !i1
  %2 = tenon.compare lt %a, %b : (!t, !t) -> !i1
  %3 = tenon.compare le %a, %b : (!t, !t) -> !i1
  %4 = tenon.compare gt %a, %b : (!t, !t) -> !i1
  %5 = tenon.compare ge %a, %b : (!t, !t) -> !i1
  return %0, %1, %2, %3, %4, %5 : !i1, !i1, !i1, !i1, !i1, !i1
}

func.func @i64() -> (!i1, !i1, !i1, !i1, !i1, !i1) {
  %x = tenon.random {shape = #tenon.dims<[S, T]>, type = i64, low = -3.0 : f64, high = 3.0 : f64, seed = 1 : i64} : !i64
  %y = tenon.random {shape = #tenon.dims<[S, T]>, type = i64, low = -3.0 : f64, high = 3.0 : f64, seed = 2 : i64} : !i64
  %0 = tenon.compare eq %x, %y : (!i64, !i64) -> !i1
  %1 = tenon.compare ne %x, %y : (!i64, !i64) -> !i1
  %2 = tenon.compare lt %x, %y : (!i64, !i64) -> !i1
  %3 = tenon.compare le %x, %y : (!i64, !i64) -> !i1
  %4 = tenon.compare gt %x, %y : (!i64, !i64) -> !i1
  %5 = tenon.compare ge %x, %y : (!i64, !i64) -> !i1
  return %0, %1, %2, %3, %4, %5 : !i1, !i1, !i1, !i1, !i1, !i1
}

func.func @i32() -> (!i1, !i1, !i1, !i1, !i1, !i1) {
  %x = tenon.random {shape = #tenon.dims<[S, T]>, type = i32, low = -3.0 : f64, high = 3.0 : f64, seed = 1 : i64} : !i32
  %y = tenon.random {shape = #tenon.dims<[S, T]>, type = i32, low = -3.0 : f64, high = 3.0 : f64, seed = 2 : i64} : !i32
  %0 = tenon.compare eq %x, %y : (!i32, !i32) -> !i1
  %1 = tenon.compare ne %x, %y : (!i32, !i32) -> !i1
  %2 = tenon.compare lt %x, %y : (!i32, !i32) -> !i1
  %3 = tenon.compare le %x, %y : (!i32, !i32) -> !i1
  %4 = tenon.compare gt %x, %y : (!i32, !i32) -> !i1
  %5 = tenon.compare ge %x, %y : (!i32, !i32) -> !i1
  return %0, %1, %2, %3, %4, %5 : !i1, !i1, !i1, !i1, !i1, !i1
}

func.func @i8() -> (!i1, !i1, !i1, !i1, !i1, !i1) {
  %x = tenon.random {shape = #tenon.dims<[S, T]>, type = i8, low = -3.0 : f64, high = 3.0 : f64, seed = 1 : i64} : !i8
  %y = tenon.random {shape = #tenon.dims<[S, T]>, type = i8, low = -3.0 : f64, high = 3.0 : f64, seed = 2 : i64} : !i8
  %0 = tenon.compare eq %x, %y : (!i8, !i8) -> !i1
  %1 = tenon.compare ne %x, %y : (!i8, !i8) -> !i1
  %2 = tenon.compare lt %x, %y : (!i8, !i8) -> !i1
  %3 = tenon.compare le %x, %y : (!i8, !i8) -> !i1
  %4 = tenon.compare gt %x, %y : (!i8, !i8) -> !i1
  %5 = tenon.compare ge %x, %y : (!i8, !i8) -> !i1
  return %0, %1, %2, %3, %4, %5 : !i1, !i1, !i1, !i1, !i1, !i1
}

func.func @not_a_number() -> (tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>) {
  %x = tenon.constant dense<[0x7FC00000, 0x7FC00000, 1.0, 0x7F800000, 0xFF800000, -0.0]> : tensor<6xf32>
  %y = tenon.constant dense<[0x7FC00000, 1.0, 0x7FC00000, 0x7F800000, 1.0, 0.0]> : tensor<6xf32>
  %0 = tenon.compare eq %x, %y : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  %1 = tenon.compare ne %x, %y : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  %2 = tenon.compare lt %x, %y : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  %3 = tenon.compare le %x, %y : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  %4 = tenon.compare gt %x, %y : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  %5 = tenon.compare ge %x, %y : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
  return %0, %1, %2, %3, %4, %5 : tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>, tensor<6xi1>
}

func.func @select(%c: !i1, %x: !t, %y: !t, %i: !i64, %j: !i64, %k: !i8, %l: !i8) -> (!t, !i64, !i8) {
  %0 = tenon.select %c, %x, %y : (!i1, !t, !t) -> !t
  %1 = tenon.select %c, %i, %j : (!i1, !i64, !i64) -> !i64
  %2 = tenon.select %c, %k, %l : (!i1, !i8, !i8) -> !i8
  return %0, %1, %2 : !t, !i64, !i8
}

func.func @select_broadcast(%c: tensor<?x1xi1, #tenon.dims<[S, 1]>>, %x: tensor<?xf32, #tenon.dims<[T]>>, %y: tensor<f32>, %d: tensor<i1>) -> (!t, tensor<?xf32, #tenon.dims<[T]>>) {
  %0 = tenon.select %c, %x, %y : (tensor<?x1xi1, #tenon.dims<[S, 1]>>, tensor<?xf32, #tenon.dims<[T]>>, tensor<f32>) -> !t
  %1 = tenon.select %d, %x, %y : (tensor<i1>, tensor<?xf32, #tenon.dims<[T]>>, tensor<f32>) -> tensor<?xf32, #tenon.dims<[T]>>
  return %0, %1 : !t, tensor<?xf32, #tenon.dims<[T]>>
}

func.func @of_bool(%c: !i1, %x: !i1, %y: !i1) -> (!i1, !i1) {
  %0 = tenon.select %c, %x, %y : (!i1, !i1, !i1) -> !i1
  %1 = tenon.compare eq %x, %y : (!i1, !i1) -> !i1
  return %0, %1 : !i1, !i1
}
