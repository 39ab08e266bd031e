//===- Passes.td - passes on the tenon dialect ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_TD
#define TENON_PASSES_TD

include "mlir/Pass/PassBase.td"

def StripTaps : Pass<"tenon-strip-taps", "::mlir::ModuleOp"> {
  let summary = "Remove taps, or make them results of their entries";
  let options = [
    Option<"asResults", "as-results", "bool", "false",
           "Return each tapped value as a further result, named as the tap">
  ];
}

def ExpandConvolutions : Pass<"tenon-expand-convolutions", "::mlir::ModuleOp"> {
  let summary = "Convolutions as products over windows, channels last";
  let description = [{
    A convolution of one group becomes `tenon.windows` and a matrix product, one
    with a group for each channel `tenon.windows` and a sum. The transposes to
    and from the layout with the channels last are marked for
    `tenon-move-layouts`.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
}

def MoveLayouts : Pass<"tenon-move-layouts", "::mlir::ModuleOp"> {
  let summary = "Move changes of layout until they meet and vanish";
  let description = [{
    Marked transposes behind an op go down through elementwise ops, reductions
    and other movement, those before an op up through reshapes, until they meet
    each other (or a transpose of the model) and become one or none. What is left
    is fused as any movement.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    Option<"policy", "policy", "std::string", "",
           "Policy file (TOML), which may leave this step out">
  ];
}

def MergeMatmuls : Pass<"tenon-merge-matmuls", "::mlir::ModuleOp"> {
  let summary = "Make one product of several with the same left side";
  let description = [{
    Products of one tensor with several weights (query, key and value, say)
    become one product with the weights side by side, and slices of its result.
    Biases added to each are joined too. Weights are merged only if nothing else
    uses them, so that each is still stored once, and only between siblings: the
    weights of modules with the same parent.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    Option<"policy", "policy", "std::string", "",
           "Policy file (TOML), which may leave this step out">
  ];
}

def FoldWeights : Pass<"tenon-fold-weights", "::mlir::ModuleOp"> {
  let summary = "Move what depends on weights only into globals";
  let description = [{
    Every value that is computed from weights and constants alone becomes a
    `tenon.global`, whose region is run once, when the artifact is written;
    equal ones are one.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
}

def QuantizeWeights : Pass<"tenon-quantize-weights", "::mlir::ModuleOp"> {
  let summary = "Store the right sides of matrix products with fewer bits";
  let description = [{
    A global of rank 2 that is the right side of a product becomes two, codes and
    scales (see `tenon.quantize`), and is read as `tenon.dequantize` of them,
    by its other users too, so that it is stored once. Which is a matter of the
    policy: a mode or a file that names modes by op.

    With mode int8, a product's left side becomes codes as well. A module's
    `tenon.ranges` (see `tenon-observe-ranges`) maps ids of products to the
    largest magnitude that those stand for: they get a constant scale; others
    get one for each row, found as it comes. The attribute is removed.
    Attention of that mode is `of codes`, where that pays, and with mode bf16 or
    fp16 `of` that type.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    Option<"policy", "policy", "std::string", "",
           "A mode (bf16, fp16, int8, int8-weights, int4-weights), or a policy file (TOML)">,
    Option<"codesAttention", "attention", "bool", "true",
           "The backend has code for attention of codes">
  ];
}

def ObserveRanges : Pass<"tenon-observe-ranges", "::mlir::ModuleOp"> {
  let summary = "Return how large what would become codes gets";
  let description = [{
    In the place of `tenon-quantize-weights`, with the same policy: of each left
    side that it would turn into codes, entries return the largest magnitude of
    each row as a further output, `tenon.range ID`, where ID is the first product
    that reads it.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    Option<"policy", "policy", "std::string", "",
           "A mode, or a policy file (TOML)">
  ];
}

def PackWeights : Pass<"tenon-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Store the right sides of matrix products as panels";
  let description = [{
    A global that is the right side of a product is packed, see `tenon.pack`.
    Its other users read the panels, so that it is stored once.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    Option<"width", "width", "int64_t", "32", "Columns of a panel">
  ];
}

def CheckInputs : Pass<"tenon-check-inputs", "::mlir::ModuleOp"> {
  let summary = "Find the values that integer inputs may take";
  let description = [{
    An input that chooses slices (token ids, say) must name slices that exist.
    The allowed range is carried back from each gather through additions,
    conversions and clamps, and written to the argument as `tenon.range`, for
    the runtime to check on entry.
  }];
}

def Fuse : Pass<"tenon-fuse", "::mlir::ModuleOp"> {
  let summary = "Group ops into kernels";
  let description = [{
    Every op of every entry ends up in a `tenon.kernel`. See docs/Fusion.md for
    the rules. Each decision is a remark (category `fusion`) and a record in the
    module's `tenon.records`.
  }];
  let dependentDialects = ["::tenon::TenonDialect"];
  let options = [
    Option<"policy", "policy", "std::string", "",
           "Policy file (TOML): rules to turn off, ops to keep apart">
  ];
}

def OutlineKernels : Pass<"tenon-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Make kernels functions, equal ones the same";
  let description = [{
    A kernel's dims become its own, named in order of appearance, so that kernels
    which do the same are the same text; such kernels are one function. Arguments
    and results that are not memory of the arena are marked `tenon.memory`.
  }];
  let dependentDialects = ["::tenon::TenonDialect", "::mlir::func::FuncDialect"];
}

#endif // TENON_PASSES_TD
