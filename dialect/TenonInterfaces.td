//===- TenonInterfaces.td - what an op says about itself ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_INTERFACES_TD
#define TENON_INTERFACES_TD

include "mlir/IR/OpBase.td"

def SignatureOpInterface : OpInterface<"SignatureOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An op that the architecture language can call by its mnemonic. The table is
    generated from the op's `arguments`; see `Tenon_Op`.
  }];
  let methods = [
    StaticInterfaceMethod<"The operands, attributes and regions, in order.",
      "::llvm::ArrayRef<::tenon::ArgumentSpec>", "getSignature", (ins)>,
    StaticInterfaceMethod<[{
        The types of a region's leading block arguments, given the operands of
        the call, and the types that the region must yield. Captured values
        follow the leading arguments.
      }], "::mlir::LogicalResult", "getRegionSignature",
      (ins "unsigned":$region, "::mlir::ValueRange":$operands,
           "::llvm::SmallVectorImpl<::mlir::Type> &":$arguments,
           "::llvm::SmallVectorImpl<::mlir::Type> &":$yields),
      "", [{ return ::mlir::failure(); }]>
  ];
}

def EvaluateOpInterface : OpInterface<"EvaluateOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    The plain meaning of an op on host tensors: the oracle of `tenon verify` and
    of numeric tests. Sums accumulate in double, nothing is blocked, nothing is
    shared with the code generators.
  }];
  let methods = [
    InterfaceMethod<[{
        Computes `results` (allocated with their shapes) from `operands`.
      }], "::mlir::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<::tenon::HostTensor>":$operands,
           "::llvm::MutableArrayRef<::tenon::HostTensor>":$results,
           "::tenon::EvaluateContext &":$context)>
  ];
}

def ElementOpInterface : OpInterface<"ElementOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An op whose result elements can be computed one by one, where they are read:
    elementwise ops, movement, indexing by data, sources. The code generators
    and the export to linalg are both written against this one definition.
  }];
  let methods = [
    InterfaceMethod<[{
        Emits the element (or, with several lanes, the vector of elements) of
        the result at `index`.
      }], "::mlir::FailureOr<::mlir::Value>", "emitElement",
      (ins "::tenon::ElementBuilder &":$builder,
           "::llvm::ArrayRef<::tenon::Index>":$index)>
  ];
}

def ScalarOpInterface : OpInterface<"ScalarOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An elementwise op: its meaning on single elements, in graphs and in the
    regions of other ops.
  }];
  let methods = [
    InterfaceMethod<[{
        Emits the op on elements, scalars or vectors, one an operand.
      }], "::mlir::Value", "emitScalar",
      (ins "::tenon::ElementBuilder &":$builder,
           "::mlir::ValueRange":$operands)>
  ];
}

def StoreMapOpInterface : OpInterface<"StoreMapOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    A movement op seen from its operand: where an operand element goes. It lets
    the op be the store map of the kernel that produces the operand.
  }];
  let methods = [
    InterfaceMethod<[{
        The result index of operand element `index`. If some elements are
        dropped, `kept` becomes the predicate that this one is not.
      }], "::mlir::LogicalResult", "pushIndex",
      (ins "::tenon::ElementBuilder &":$builder,
           "::llvm::ArrayRef<::tenon::Index>":$index,
           "::llvm::SmallVectorImpl<::tenon::Index> &":$result,
           "::mlir::Value &":$kept)>
  ];
}

def ReductionOpInterface : OpInterface<"ReductionOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An op each of whose result elements combines terms over further dims: sums,
    maxima, matrix products, convolutions. Any of them compiles as plain loops;
    emitters that know more take some of them over.
  }];
  let methods = [
    InterfaceMethod<"The dims that the terms run over.",
      "::llvm::SmallVector<::tenon::DimAttr>", "getReductionDims", (ins)>,
    InterfaceMethod<"How terms combine: sum, max, min, any or all.",
      "::tenon::ReduceKind", "getCombiner", (ins)>,
    InterfaceMethod<"Emits the term of result element `index` at `reduction`.",
      "::mlir::FailureOr<::mlir::Value>", "emitTerm",
      (ins "::tenon::ElementBuilder &":$builder,
           "::llvm::ArrayRef<::tenon::Index>":$index,
           "::llvm::ArrayRef<::tenon::Index>":$reduction)>
  ];
}

def DecomposeOpInterface : OpInterface<"DecomposeOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An op that is shorthand for simpler ones: norms and softmax in terms of
    reductions and elementwise ops.
  }];
  let methods = [
    InterfaceMethod<"Builds the result from simpler ops.",
      "::mlir::FailureOr<::mlir::Value>", "decompose",
      (ins "::mlir::OpBuilder &":$builder)>
  ];
}

def FusionOpInterface : OpInterface<"FusionOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    What the fusion pass needs to know of an op: its kind, and what computing
    one element of its result costs once the operands' elements are at hand.
  }];
  let methods = [
    InterfaceMethod<"The op's kind.", "::tenon::FusionKind", "getFusionKind",
      (ins)>,
    InterfaceMethod<[{
        The cost of one element in floating-point operations, roughly; used to
        bound recomputation.
      }], "int64_t", "getElementCost", (ins), "", [{ return 1; }]>
  ];
}

def StateUpdateOpInterface : OpInterface<"StateUpdateOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An op whose result is a state with a tensor put into it. In a kernel, the
    tensor's elements are stored in the state's memory.
  }];
  let methods = [
    InterfaceMethod<"The state that is changed.", "::mlir::Value",
      "getUpdatedState", (ins)>,
    InterfaceMethod<"What is stored.", "::mlir::Value", "getStored", (ins)>,
    InterfaceMethod<"Whether what the state held before is dropped.", "bool",
      "replacesContents", (ins)>
  ];
}

def StreamOpInterface : OpInterface<"StreamOpInterface"> {
  let cppNamespace = "::tenon";
  let description = [{
    An op that only moves, converts or scales data, so that a constant made of
    such ops can be produced piece by piece, in parallel, straight into a file.
  }];
  let methods = [
    InterfaceMethod<[{
        Writes the elements of `tile` of the result, row-major, to `out`, as
        the result's element type.
      }], "::mlir::LogicalResult", "streamTile",
      (ins "const ::tenon::Tile &":$tile, "void *":$out,
           "::tenon::StreamContext &":$context)>
  ];
}

#endif // TENON_INTERFACES_TD
