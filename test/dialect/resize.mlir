// Resampled maps: text form, values of torch 2.8.
// RUN: tenon-opt %s | tenon-opt | FileCheck %s
// RUN: tenon-check %s --shapes 4 --tolerance 2e-5
// RUN: tenon-check %s --shapes 2 --tolerance 2e-5 --fusion %S/../conformance/Inputs/unfused.toml

tenon.symbol @B in [1, 4] typical 2
tenon.symbol @S in [2, 40] typical 17

// CHECK: tenon.resize %{{.*}} {align_corners = false, height = #tenon.dim<2 * S>, kind = #tenon<resize_kind bilinear>, width = #tenon.dim<13>}
func.func @bilinear(%x: tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> (tensor<?x?x13xf32, #tenon.dims<[B, 2 * S, 13]>>) {
  %0 = tenon.resize %x {kind = #tenon<resize_kind bilinear>, height = #tenon.dim<2 * S>, width = #tenon.dim<13>, align_corners = false} : (tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> tensor<?x?x13xf32, #tenon.dims<[B, 2 * S, 13]>>
  return %0 : tensor<?x?x13xf32, #tenon.dims<[B, 2 * S, 13]>>
}

func.func @corners(%x: tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> (tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>) {
  %0 = tenon.resize %x {kind = #tenon<resize_kind bilinear>, height = #tenon.dim<5>, width = #tenon.dim<S>, align_corners = true} : (tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>
  return %0 : tensor<?x5x?xf32, #tenon.dims<[B, 5, S]>>
}

func.func @nearest(%x: tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> (tensor<?x?x3xf32, #tenon.dims<[B, S, 3]>>) {
  %0 = tenon.resize %x {kind = #tenon<resize_kind nearest>, height = #tenon.dim<S>, width = #tenon.dim<3>, align_corners = false} : (tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> tensor<?x?x3xf32, #tenon.dims<[B, S, 3]>>
  return %0 : tensor<?x?x3xf32, #tenon.dims<[B, S, 3]>>
}

func.func @bicubic(%x: tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> (tensor<?x?x16xf32, #tenon.dims<[B, S + 1, 16]>>) {
  %0 = tenon.resize %x {kind = #tenon<resize_kind bicubic>, height = #tenon.dim<S + 1>, width = #tenon.dim<16>, align_corners = false} : (tensor<?x?x7xf32, #tenon.dims<[B, S, 7]>>) -> tensor<?x?x16xf32, #tenon.dims<[B, S + 1, 16]>>
  return %0 : tensor<?x?x16xf32, #tenon.dims<[B, S + 1, 16]>>
}

func.func @literal_nearest() {
  %c1 = tenon.constant dense<[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]> : tensor<2x3x4xf32>
  %r2 = tenon.resize %c1 {kind = #tenon<resize_kind nearest>, height = #tenon.dim<5>, width = #tenon.dim<3>, align_corners = false} : (tensor<2x3x4xf32>) -> tensor<2x5x3xf32>
  %c3 = tenon.constant dense<[[[-0.819999993, 1.19000006, -1.22000003], [-0.819999993, 1.19000006, -1.22000003], [1.37, -1.69000006, -0.5], [1.37, -1.69000006, -0.5], [0.289999992, 0.469999999, 0.779999971]], [[-0.980000019, 0.949999988, -1.91999996], [-0.980000019, 0.949999988, -1.91999996], [-0.5, -0.970000029, -0.699999988], [-0.5, -0.970000029, -0.699999988], [-0.430000007, 0.430000007, -1.29999995]]]> : tensor<2x5x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 2.0e-06 : f64} : tensor<2x5x3xf32>, tensor<2x5x3xf32>
  return
}

func.func @literal_bilinear() {
  %c1 = tenon.constant dense<[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]> : tensor<2x3x4xf32>
  %r2 = tenon.resize %c1 {kind = #tenon<resize_kind bilinear>, height = #tenon.dim<5>, width = #tenon.dim<3>, align_corners = false} : (tensor<2x3x4xf32>) -> tensor<2x5x3xf32>
  %c3 = tenon.constant dense<[[[-0.484999955, -0.0149999857, 1.30500042], [0.0530000404, -0.447000027, 0.77966696], [0.859999955, -1.09500003, -0.00833323598], [0.535999894, -0.0629997626, 0.134666681], [0.319999993, 0.625, 0.229999885]], [[-0.658333302, -0.484999985, -1.31166661], [-0.626333356, -0.62500006, -1.3803333], [-0.578333378, -0.835000038, -1.48333347], [-0.403333306, -0.594999909, -0.773333073], [-0.286666662, -0.434999943, -0.299999803]]]> : tensor<2x5x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 2.0e-06 : f64} : tensor<2x5x3xf32>, tensor<2x5x3xf32>
  return
}

func.func @literal_bilinear_corners() {
  %c1 = tenon.constant dense<[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]> : tensor<2x3x4xf32>
  %r2 = tenon.resize %c1 {kind = #tenon<resize_kind bilinear>, height = #tenon.dim<5>, width = #tenon.dim<3>, align_corners = true} : (tensor<2x3x4xf32>) -> tensor<2x5x3xf32>
  %c3 = tenon.constant dense<[[[-0.819999993, -0.0149999857, 1.80999994], [0.275000006, -0.555000007, 0.949999988], [1.37, -1.09500003, 0.0900000036], [0.829999983, -0.235000014, 0.105000004], [0.289999992, 0.625, 0.119999997]], [[-0.980000019, -0.484999985, -1.19000006], [-0.74000001, -0.660000026, -1.41499996], [-0.5, -0.835000038, -1.63999999], [-0.465000004, -0.63499999, -0.870000005], [-0.430000007, -0.434999973, -0.100000001]]]> : tensor<2x5x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 2.0e-06 : f64} : tensor<2x5x3xf32>, tensor<2x5x3xf32>
  return
}

func.func @literal_bicubic() {
  %c1 = tenon.constant dense<[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]> : tensor<2x3x4xf32>
  %r2 = tenon.resize %c1 {kind = #tenon<resize_kind bicubic>, height = #tenon.dim<5>, width = #tenon.dim<3>, align_corners = false} : (tensor<2x3x4xf32>) -> tensor<2x5x3xf32>
  %c3 = tenon.constant dense<[[[-0.624074221, 0.0167248864, 1.45880222], [0.0966389105, -0.779478848, 0.812083602], [0.910173833, -1.43718755, 0.0259831604], [0.643933356, -0.22244598, 0.0506591238], [0.252878219, 0.909280121, 0.238739982]], [[-0.660963178, -0.332330137, -1.32963693], [-0.643022001, -0.558186173, -1.49131536], [-0.572141349, -0.790937483, -1.50040555], [-0.385398149, -0.622738779, -0.778357148], [-0.248161703, -0.435765117, -0.187234461]]]> : tensor<2x5x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 2.0e-06 : f64} : tensor<2x5x3xf32>, tensor<2x5x3xf32>
  return
}

func.func @literal_bicubic_corners() {
  %c1 = tenon.constant dense<[[[-0.819999993, 1.19000006, -1.22000003, 1.80999994], [1.37, -1.69000006, -0.5, 0.0900000036], [0.289999992, 0.469999999, 0.779999971, 0.119999997]], [[-0.980000019, 0.949999988, -1.91999996, -1.19000006], [-0.5, -0.970000029, -0.699999988, -1.63999999], [-0.430000007, 0.430000007, -1.29999995, -0.100000001]]]> : tensor<2x3x4xf32>
  %r2 = tenon.resize %c1 {kind = #tenon<resize_kind bicubic>, height = #tenon.dim<5>, width = #tenon.dim<3>, align_corners = true} : (tensor<2x3x4xf32>) -> tensor<2x5x3xf32>
  %c3 = tenon.constant dense<[[[-0.819999993, -0.110625021, 1.80999994], [0.376249999, -0.97461915, 0.947187483], [1.37, -1.43718755, 0.0900000036], [1.03531253, -0.491084069, -0.0562499948], [0.289999992, 0.703749955, 0.119999997]], [[-0.980000019, -0.372500002, -1.19000006], [-0.746562481, -0.612099588, -1.55937505], [-0.5, -0.790937483, -1.63999999], [-0.420000017, -0.668134689, -0.912187517], [-0.430000007, -0.466874957, -0.100000001]]]> : tensor<2x5x3xf32>
  tenon.check_close %r2, %c3 {tolerance = 2.0e-06 : f64} : tensor<2x5x3xf32>, tensor<2x5x3xf32>
  return
}
