//===- Evaluate.h - models in tenon-opt -------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Prints the graph of a source and interprets entries:
//
//   tenon-opt --arch SOURCE [--config C] [--weights W] [--model M] [--task T]
//             [--models DIR]... [--locations]
//   tenon-opt (--arch SOURCE ... | FILE.mlir) --evaluate[=ENTRY[:IN[:OUT]]]...
//             [--inputs I.safetensors] [--bind SYMBOL=SIZE]...
//             [--expect O.safetensors] [--tolerance T] [--expect-taps
//             T[:PREFIX]]
//             [--expect-states PREFIX] [--outputs-to O.safetensors]
//
// Entries run in the order given; states pass from one to the next, and are
// empty at first. IN (or several, with commas between) and OUT go before the
// names of inputs and outputs in the files; taps take OUT as well if they have
// no prefix of their own. An input that isn't in the file takes its default.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_OPT_EVALUATE_H
#define TENON_TOOLS_TENON_OPT_EVALUATE_H

#include "mlir/IR/DialectRegistry.h"

#include <optional>

namespace tenon {

/// Runs the tool if the arguments ask for it; gives the exit status then.
std::optional<int> runModelTool(int argc, char **argv,
                                const mlir::DialectRegistry &registry);

} // namespace tenon

#endif // TENON_TOOLS_TENON_OPT_EVALUATE_H
