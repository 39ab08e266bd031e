// Where a device has integers of 32 bits only: others are words, and results the same.
// REQUIRES: vulkan
// RUN: tenon-check %s --target vulkan --cpu baseline --shapes 3 | FileCheck %s --check-prefix=EQUAL
// EQUAL: {{^}}7 functions, 3 shapes, 1 variant: all equal{{$}}
// RUN: tenon-check %s --target vulkan --cpu software --shapes 1

// RUN: tenon compile %s --compile-from graph --target vulkan --cpu baseline --emit spirv -o - | FileCheck %s --implicit-check-not='OpTypeInt 64' --implicit-check-not='OpTypeInt 8' --implicit-check-not='OpTypeInt 16'
// CHECK: OpCapability Shader
// CHECK: OpAtomicAnd

tenon.symbol @N in [1, 70] typical 11
!long = tensor<?xi64, #tenon.dims<[N]>>
!bool = tensor<?xi1, #tenon.dims<[N]>>
!float = tensor<?xf32, #tenon.dims<[N]>>
!bytes = tensor<?x3xi8, #tenon.dims<[N, 3]>>

// Carries, borrows and products of both words.
func.func @arithmetic(%x: !long, %y: !long) -> !long {
  %large = tenon.fill {value = 4294967295 : i64, shape = #tenon.dims<[]>} : () -> tensor<i64>
  %0 = tenon.binary add %x, %large : (!long, tensor<i64>) -> !long
  %1 = tenon.binary mul %0, %y : (!long, !long) -> !long
  %2 = tenon.binary sub %1, %large : (!long, tensor<i64>) -> !long
  return %2 : !long
}

// The fourth power of numbers up to 16000 needs 56 bits.
func.func @divide() -> (!long, !long) {
  %x = tenon.random {shape = #tenon.dims<[N]>, type = i64, low = -16000.0 : f64, high = 16000.0 : f64, seed = 5 : i64} : !long
  %y = tenon.random {shape = #tenon.dims<[N]>, type = i64, low = -100.0 : f64, high = 100.0 : f64, seed = 6 : i64} : !long
  %c = tenon.fill {value = 15991 : i64, shape = #tenon.dims<[]>} : () -> tensor<i64>
  %0 = tenon.binary mul %x, %c : (!long, tensor<i64>) -> !long
  %1 = tenon.binary mul %0, %c : (!long, tensor<i64>) -> !long
  %2 = tenon.binary mul %1, %c : (!long, tensor<i64>) -> !long
  %3 = tenon.binary floordiv %2, %y : (!long, !long) -> !long
  %4 = tenon.binary mod %2, %y : (!long, !long) -> !long
  return %3, %4 : !long, !long
}

// Numbers whose high words are equal and whose low ones differ in their highest bit, among others.
func.func @compare() -> (!bool, !bool, !bool, !long, !long) {
  %x = tenon.random {shape = #tenon.dims<[N]>, type = i64, low = -5.0 : f64, high = 5.0 : f64, seed = 1 : i64} : !long
  %y = tenon.random {shape = #tenon.dims<[N]>, type = i64, low = -5.0 : f64, high = 5.0 : f64, seed = 2 : i64} : !long
  %shift = tenon.fill {value = 2147483648 : i64, shape = #tenon.dims<[]>} : () -> tensor<i64>
  %0 = tenon.binary mul %x, %shift : (!long, tensor<i64>) -> !long
  %1 = tenon.binary mul %y, %shift : (!long, tensor<i64>) -> !long
  %2 = tenon.compare lt %0, %1 : (!long, !long) -> !bool
  %3 = tenon.compare ge %0, %1 : (!long, !long) -> !bool
  %4 = tenon.compare eq %0, %1 : (!long, !long) -> !bool
  %5 = tenon.binary max %0, %1 : (!long, !long) -> !long
  %6 = tenon.binary min %0, %1 : (!long, !long) -> !long
  return %2, %3, %4, %5, %6 : !bool, !bool, !bool, !long, !long
}

// Small negative numbers, and some beyond a word.
func.func @float() -> (!float, !float, !long) {
  %x = tenon.random {shape = #tenon.dims<[N]>, type = i64, low = -5.0 : f64, high = 5.0 : f64, seed = 3 : i64} : !long
  %c = tenon.fill {value = 3000000000 : i64, shape = #tenon.dims<[]>} : () -> tensor<i64>
  %0 = tenon.binary mul %x, %c : (!long, tensor<i64>) -> !long
  %1 = tenon.cast %x {type = f32} : (!long) -> !float
  %2 = tenon.cast %0 {type = f32} : (!long) -> !float
  %3 = tenon.cast %2 {type = i64} : (!float) -> !long
  return %1, %2, %3 : !float, !float, !long
}

// Threads share words: one writes a byte, others those beside it.
func.func @bytes() -> !bytes {
  %x = tenon.random {shape = #tenon.dims<[N, 3]>, type = i8, low = -128.0 : f64, high = 127.0 : f64, seed = 4 : i64} : !bytes
  %c = tenon.fill {value = 77 : i8, shape = #tenon.dims<[]>} : () -> tensor<i8>
  %0 = tenon.binary mul %x, %c : (!bytes, tensor<i8>) -> !bytes
  %1 = tenon.binary max %0, %x : (!bytes, !bytes) -> !bytes
  return %1 : !bytes
}

// Whole vectors, which are words.
func.func @vectors(%x: tensor<?x8xi8, #tenon.dims<[N, 8]>>, %y: tensor<?x8xi64, #tenon.dims<[N, 8]>>) -> (tensor<?x8xi8, #tenon.dims<[N, 8]>>, tensor<?x8xi64, #tenon.dims<[N, 8]>>) {
  %0 = tenon.binary add %x, %x : (tensor<?x8xi8, #tenon.dims<[N, 8]>>, tensor<?x8xi8, #tenon.dims<[N, 8]>>) -> tensor<?x8xi8, #tenon.dims<[N, 8]>>
  %1 = tenon.cast %0 {type = i64} : (tensor<?x8xi8, #tenon.dims<[N, 8]>>) -> tensor<?x8xi64, #tenon.dims<[N, 8]>>
  %2 = tenon.binary sub %1, %y : (tensor<?x8xi64, #tenon.dims<[N, 8]>>, tensor<?x8xi64, #tenon.dims<[N, 8]>>) -> tensor<?x8xi64, #tenon.dims<[N, 8]>>
  return %0, %2 : tensor<?x8xi8, #tenon.dims<[N, 8]>>, tensor<?x8xi64, #tenon.dims<[N, 8]>>
}

func.func @half(%x: tensor<?x8xf16, #tenon.dims<[N, 8]>>, %y: tensor<?x3xbf16, #tenon.dims<[N, 3]>>) -> (tensor<?x8xf16, #tenon.dims<[N, 8]>>, tensor<?x3xbf16, #tenon.dims<[N, 3]>>) {
  %0 = tenon.binary mul %x, %x : (tensor<?x8xf16, #tenon.dims<[N, 8]>>, tensor<?x8xf16, #tenon.dims<[N, 8]>>) -> tensor<?x8xf16, #tenon.dims<[N, 8]>>
  %1 = tenon.binary add %y, %y : (tensor<?x3xbf16, #tenon.dims<[N, 3]>>, tensor<?x3xbf16, #tenon.dims<[N, 3]>>) -> tensor<?x3xbf16, #tenon.dims<[N, 3]>>
  return %0, %1 : tensor<?x8xf16, #tenon.dims<[N, 8]>>, tensor<?x3xbf16, #tenon.dims<[N, 3]>>
}
