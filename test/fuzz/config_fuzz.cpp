//===- config_fuzz.cpp - hostile config.json and settings -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A network with a field of every type, built from any settings. The first byte
// says whether they are TOML.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "dialect/TenonOps.h"
#include "frontend/Checker.h"
#include "frontend/Elaborator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace tenon;
using namespace tenon::arch;
using namespace tenon::fuzz;

static constexpr char network[] = R"(
use nn
config c {
  size: int where it > 0 = 4
  heads: int where it > 0 = 2
  layers: int where it >= 0 = 1
  eps: float where it > 0 = 1e-5
  scale: float?
  biased: bool = true
  name: string = "n"
  kind: "a" | "b" = "a"
  act: activation = gelu
  sizes: [int] = [1, 2]
  nested: { depth, width: int = 3 }?
  names: map?
  other: any = 1
  require size % heads == 0, "heads {heads} of {size}"
}
dim B in [1, c.size] typical c.heads
model M {
  layer[i in 0..c.layers]: Linear(c.size, c.size, biased = c.biased)
  entry forward(x: f32[B, c.size]) {
    let y = x
    for l in layer { y = c.act(l(y)) }
    if c.kind == "b" { y = layer_norm(y, fill(f32(1), shape = [c.size]), fill(f32(0), shape = [c.size]), eps = c.eps) }
    let n = c.names == none ? sum(c.sizes) : len(c.names)
    if c.nested != none { n = n + c.nested.depth * c.nested.width }
    if c.scale != none { y = y * c.scale }
    tap "{c.name}.{text(c.other)}" = y
    out = concat([y, fill(f32(n), shape = [max(n, 1), c.size])], axis = 0)
  }
}
)";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  auto config = ConfigSource::parse(
      std::string(reinterpret_cast<const char *>(data) + 1, size - 1), "config",
      /*isToml=*/data[0] % 2);
  if (!config) {
    require(!config.status().render().empty());
    return 0;
  }
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<TenonDialect, mlir::func::FuncDialect>();
  Diagnostics diagnostics;
  Program program({TENON_MODELS_DIR}, diagnostics);
  program.load("network.arch", std::string(network));
  checkProgram(program, context);
  require(!diagnostics.any());
  constexpr uint64_t maxSteps = 200'000;
  Elaborator elaborator(context, program, *config, /*checkpoint=*/nullptr,
                        maxSteps);
  const Module *model = program.root()->declarations.back().as<Module>();
  require(static_cast<bool>(elaborator.run(*model)) != diagnostics.any());
  for (const Status &status : diagnostics.take()) {
    require(status.code() != StatusCode::Internal);
    require(!status.render().empty());
  }
  return 0;
}
