// Conversions: text form, saturation and rounding.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

// CHECK-LABEL: @form
// CHECK: tenon.cast %{{.*}} {type = bf16} : (tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xbf16, #tenon.dims<[S]>>
func.func @form(%x: tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xbf16, #tenon.dims<[S]>> {
  %0 = tenon.cast %x {type = bf16} : (tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xbf16, #tenon.dims<[S]>>
  return %0 : tensor<?xbf16, #tenon.dims<[S]>>
}

func.func @saturates() {
  %x = tenon.constant dense<[0.0, -0.0, 1.89999998, -1.89999998, 300.0, -300.0, 3000000000.0, -3000000000.0, 1.00000002e+20, -1.00000002e+20, 0x7F800000, 0xFF800000]> : tensor<12xf32>
  %r2 = tenon.cast %x {type = i8} : (tensor<12xf32>) -> tensor<12xi8>
  %c3 = tenon.constant dense<[0, 0, 1, -1, 127, -128, 127, -128, 127, -128, 127, -128]> : tensor<12xi8>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<12xi8>, tensor<12xi8>
  %r4 = tenon.cast %x {type = i32} : (tensor<12xf32>) -> tensor<12xi32>
  %c5 = tenon.constant dense<[0, 0, 1, -1, 300, -300, 2147483647, -2147483648, 2147483647, -2147483648, 2147483647, -2147483648]> : tensor<12xi32>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<12xi32>, tensor<12xi32>
  %r6 = tenon.cast %x {type = i64} : (tensor<12xf32>) -> tensor<12xi64>
  %c7 = tenon.constant dense<[0, 0, 1, -1, 300, -300, 3000000000, -3000000000, 9223372036854775807, -9223372036854775808, 9223372036854775807, -9223372036854775808]> : tensor<12xi64>
  tenon.check_close %r6, %c7 {tolerance = 0.0 : f64} : tensor<12xi64>, tensor<12xi64>
  %r8 = tenon.cast %x {type = i1} : (tensor<12xf32>) -> tensor<12xi1>
  %c9 = tenon.constant dense<[false, false, true, true, true, true, true, true, true, true, true, true]> : tensor<12xi1>
  tenon.check_close %r8, %c9 {tolerance = 0.0 : f64} : tensor<12xi1>, tensor<12xi1>
  return
}

func.func @rounds() {
  %x = tenon.constant dense<[1.0, 1.00097644, 1.00048828, 65504.0, 65520.0, 5.99999979e-08, 2.90000006e-08, -3.14159012, 0x7F800000, 0x7FC00000]> : tensor<10xf32>
  %r2 = tenon.cast %x {type = f16} : (tensor<10xf32>) -> tensor<10xf16>
  %r3 = tenon.cast %r2 {type = f32} : (tensor<10xf16>) -> tensor<10xf32>
  %c4 = tenon.constant dense<[1.0, 1.00097656, 1.0, 65504.0, 0x7F800000, 5.96046448e-08, 0.0, -3.140625, 0x7F800000, 0x7FC00000]> : tensor<10xf32>
  tenon.check_close %r3, %c4 {tolerance = 0.0 : f64} : tensor<10xf32>, tensor<10xf32>
  %r5 = tenon.cast %x {type = bf16} : (tensor<10xf32>) -> tensor<10xbf16>
  %r6 = tenon.cast %r5 {type = f32} : (tensor<10xbf16>) -> tensor<10xf32>
  %c7 = tenon.constant dense<[1.0, 1.0, 1.0, 65536.0, 65536.0, 6.00703061e-08, 2.89874151e-08, -3.140625, 0x7F800000, 0x7FC00000]> : tensor<10xf32>
  tenon.check_close %r6, %c7 {tolerance = 0.0 : f64} : tensor<10xf32>, tensor<10xf32>
  return
}

func.func @integers() {
  %x = tenon.constant dense<[-129, 5, 256, 9223372036854775807]> : tensor<4xi64>
  %r2 = tenon.cast %x {type = i8} : (tensor<4xi64>) -> tensor<4xi8>
  %c3 = tenon.constant dense<[127, 5, 0, -1]> : tensor<4xi8>
  tenon.check_close %r2, %c3 {tolerance = 0.0 : f64} : tensor<4xi8>, tensor<4xi8>
  %r4 = tenon.cast %x {type = i32} : (tensor<4xi64>) -> tensor<4xi32>
  %c5 = tenon.constant dense<[-129, 5, 256, -1]> : tensor<4xi32>
  tenon.check_close %r4, %c5 {tolerance = 0.0 : f64} : tensor<4xi32>, tensor<4xi32>
  %r6 = tenon.cast %x {type = i1} : (tensor<4xi64>) -> tensor<4xi1>
  %c7 = tenon.constant dense<[true, true, true, true]> : tensor<4xi1>
  tenon.check_close %r6, %c7 {tolerance = 0.0 : f64} : tensor<4xi1>, tensor<4xi1>
  %r8 = tenon.cast %x {type = f32} : (tensor<4xi64>) -> tensor<4xf32>
  %c9 = tenon.constant dense<[-129.0, 5.0, 256.0, 9.22337204e+18]> : tensor<4xf32>
  tenon.check_close %r8, %c9 {tolerance = 0.0 : f64} : tensor<4xf32>, tensor<4xf32>
  return
}

func.func @compiled() -> (tensor<?xi8, #tenon.dims<[S]>>, tensor<?xi64, #tenon.dims<[S]>>, tensor<?xi1, #tenon.dims<[S]>>, tensor<?xf32, #tenon.dims<[S]>>, tensor<?xf32, #tenon.dims<[S]>>, tensor<?xi8, #tenon.dims<[S]>>) {
  %x = tenon.random {shape = #tenon.dims<[S]>, type = f32, low = -200.0 : f64, high = 200.0 : f64, seed = 1 : i64} : tensor<?xf32, #tenon.dims<[S]>>
  %i = tenon.random {shape = #tenon.dims<[S]>, type = i64, low = -2.0 : f64, high = 300.0 : f64, seed = 2 : i64} : tensor<?xi64, #tenon.dims<[S]>>
  %0 = tenon.cast %x {type = i8} : (tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xi8, #tenon.dims<[S]>>
  %1 = tenon.cast %x {type = i64} : (tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xi64, #tenon.dims<[S]>>
  %2 = tenon.cast %i {type = i1} : (tensor<?xi64, #tenon.dims<[S]>>) -> tensor<?xi1, #tenon.dims<[S]>>
  %3 = tenon.cast %x {type = f16} : (tensor<?xf32, #tenon.dims<[S]>>) -> tensor<?xf16, #tenon.dims<[S]>>
  %4 = tenon.cast %3 {type = f32} : (tensor<?xf16, #tenon.dims<[S]>>) -> tensor<?xf32, #tenon.dims<[S]>>
  %5 = tenon.cast %i {type = f32} : (tensor<?xi64, #tenon.dims<[S]>>) -> tensor<?xf32, #tenon.dims<[S]>>
  %6 = tenon.cast %i {type = i8} : (tensor<?xi64, #tenon.dims<[S]>>) -> tensor<?xi8, #tenon.dims<[S]>>
  return %0, %1, %2, %4, %5, %6 : tensor<?xi8, #tenon.dims<[S]>>, tensor<?xi64, #tenon.dims<[S]>>, tensor<?xi1, #tenon.dims<[S]>>, tensor<?xf32, #tenon.dims<[S]>>, tensor<?xf32, #tenon.dims<[S]>>, tensor<?xi8, #tenon.dims<[S]>>
}
