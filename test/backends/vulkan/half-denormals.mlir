// Denormals of half are numbers, whatever a device makes of float's.
// RUN: %machine,loose=1,integers=0 tenon-check %s --target vulkan --cpu baseline --shapes 1 | FileCheck %s
// RUN: %machine,loose=1 tenon-check %s --target vulkan --cpu desktop --shapes 1 | FileCheck %s
// CHECK: 1 function, 1 shape, 1 variant: all equal
tenon.symbol @S in [1, 70] typical 37
!x = tensor<?xf32, #tenon.dims<[S]>>

func.func @denormals() -> !x {
  %x = tenon.random {shape = #tenon.dims<[S]>, type = f32, low = -6.0e-5 : f64, high = 6.0e-5 : f64, seed = 1 : i64} : !x
  %0 = tenon.cast %x {type = f16} : (!x) -> tensor<?xf16, #tenon.dims<[S]>>
  %1 = tenon.cast %0 {type = f32} : (tensor<?xf16, #tenon.dims<[S]>>) -> !x
  return %1 : !x
}
