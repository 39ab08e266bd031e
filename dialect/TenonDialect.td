//===- TenonDialect.td - the dialect, its attributes, types, enums --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TD
#define TENON_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/TensorEncoding.td"

def Tenon_Dialect : Dialect {
  let name = "tenon";
  let cppNamespace = "::tenon";
  let summary = "Transformer models with symbolic shapes";
  let description = [{
    Value-semantic tensor ops whose types carry symbolic dims, the regions
    (`kernel`, attention's score) that hold them, the module-level records of a
    model (symbols, constants) and the host program (launches).
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

//===----------------------------------------------------------------------===//
// Dims
//===----------------------------------------------------------------------===//

class Tenon_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tenon_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Tenon_DimAttr : Tenon_Attr<"Dim", "dim"> {
  let summary = "An integer expression over named dims, in normal form";
  let description = [{
    A node of a dim expression. Every value is kept in one normal form, so that
    equality of attributes is equality of expressions as far as the form can
    tell (see docs/Rationale.md, "Dims"):

    * `add`: at least two terms, sorted, like terms merged, constant last;
    * `mul`: `value` times at least one atom (a product of atoms, sorted);
    * `floordiv`: a sum over a positive divisor, with everything divisible taken
      out; `mod` and `ceildiv` are rewritten into it;
    * `min`, `max`: at least two operands, flattened, sorted, constants merged.

    Build one with the operators in dialect/Dims.h, never with `get` directly.
  }];
  let parameters = (ins "::tenon::DimKind":$kind, "int64_t":$value,
    "::mlir::StringAttr":$name, ArrayRefParameter<"::tenon::DimAttr">:$operands);
  let hasCustomAssemblyFormat = 1;
  let extraClassDeclaration = [{
    bool isConstant() const { return getKind() == ::tenon::DimKind::Constant; }
    bool isSymbol() const { return getKind() == ::tenon::DimKind::Symbol; }
    bool isConstant(int64_t v) const { return isConstant() && getValue() == v; }
    /// The constant's value, if this is one.
    std::optional<int64_t> asConstant() const {
      if (isConstant()) return getValue();
      return std::nullopt;
    }
    /// The text of the expression, as the parser reads it.
    std::string str() const;
  }];
}

def Tenon_DimsAttr : Tenon_Attr<"Dims", "dims",
    [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "The dims of a tensor type, one expression an axis";
  let description = [{
    The encoding of a tensor type in the `tenon` dialect:
    `tensor<?x?x768xf32, #tenon.dims<[B, S, 768]>>`. A type whose dims are all
    constant has no encoding. Other dialects never see it: lowering to linalg
    strips it (a slice of such a tensor would carry a false one).
  }];
  let parameters = (ins ArrayRefParameter<"::tenon::DimAttr">:$dims);
  let hasCustomAssemblyFormat = 1;
}

//===----------------------------------------------------------------------===//
// Schedules
//===----------------------------------------------------------------------===//

def Tenon_DotUnit : I32EnumAttr<"DotUnit",
    "What multiplies numbers of a few bits and sums the products", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"Vector", 1, "vector">,
    I32EnumAttrCase<"Matrix", 2, "matrix">]> {
  let cppNamespace = "::tenon";
}

def Tenon_DotUnitParameter : EnumParameter<Tenon_DotUnit> {
  let defaultValue = "::tenon::DotUnit::None";
}

def Tenon_ScheduleAttr : Tenon_Attr<"Schedule", "schedule"> {
  let summary = "How a kernel is to be written as loops";
  let description = [{
    `#tenon.schedule<"matmul", lanes = 16, tile = [12, 32, 4], block = [240],
    fma = true>`:
    the emitter that writes the kernel, the width of its vectors in elements,
    what one iteration of its innermost loops computes (`tile`, in registers)
    and what one task covers (`block`). The meaning of the entries is the
    emitter's; one pass chooses them, and nothing but the emitters reads them.
    `fma` says that a multiplication and an addition are one instruction, `dot`
    what sums the products of bytes and bf16: an instruction for each element
    (`vector`) or for a whole tile (`matrix`).
  }];
  let parameters = (ins "::mlir::StringAttr":$emitter, "int64_t":$lanes,
    OptionalArrayRefParameter<"int64_t">:$tile,
    OptionalArrayRefParameter<"int64_t">:$block,
    "bool":$fma, Tenon_DotUnitParameter:$dot);
  let assemblyFormat = [{
    `<` $emitter `,` `lanes` `=` $lanes `,` `tile` `=` `[` (`]`) : ($tile^ `]`)?
    `,` `block` `=` `[` (`]`) : ($block^ `]`)? `,` `fma` `=` $fma
    (`,` `dot` `=` $dot^)? `>`
  }];
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

def Tenon_StateKind : I32EnumAttr<"StateKind", "How a state's contents change", [
    I32EnumAttrCase<"Growing", 0, "growing">,
    I32EnumAttrCase<"Fixed", 1, "fixed">]> {
  let cppNamespace = "::tenon";
}

def Tenon_StateType : TypeDef<Tenon_Dialect, "State"> {
  let mnemonic = "state";
  let summary = "A handle on a tensor that outlives a call";
  let description = [{
    `!tenon.state<growing, tensor<...>, axis = 2>`: what the state holds now, as
    a tensor type, and the axis along which `append` grows it. `fixed` state is
    written whole by one entry and read by others. The handle says nothing about
    memory; the layout is chosen when a model is scheduled.
  }];
  let parameters = (ins EnumParameter<Tenon_StateKind>:$kind,
    "::mlir::RankedTensorType":$contents, "int64_t":$axis);
  let assemblyFormat = "`<` $kind `,` $contents `,` `axis` `=` $axis `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Enums
//===----------------------------------------------------------------------===//

class Tenon_Enum<string name, string summary, list<string> words>
    : I32EnumAttr<name, summary,
        !foreach(i, !range(!size(words)),
                 I32EnumAttrCase<words[i], i>)> {
  let cppNamespace = "::tenon";
  let genSpecializedAttr = 0;
}
class Tenon_EnumAttr<EnumInfo info, string mnemonic>
    : EnumAttr<Tenon_Dialect, info, mnemonic>;

def Tenon_UnaryKind : Tenon_Enum<"UnaryKind", "An elementwise function", [
    "neg", "abs", "exp", "log", "sqrt", "rsqrt", "sin", "cos", "erf", "tanh",
    "sigmoid", "relu", "gelu", "gelu_tanh", "silu", "hardswish", "softplus",
    "floor", "ceil", "round", "not_"]>;
def Tenon_UnaryKindAttr : Tenon_EnumAttr<Tenon_UnaryKind, "unary_kind">;

def Tenon_BinaryKind : Tenon_Enum<"BinaryKind", "An elementwise operator", [
    "add", "sub", "mul", "div", "floordiv", "mod", "min", "max", "pow",
    "and_", "or_"]>;
def Tenon_BinaryKindAttr : Tenon_EnumAttr<Tenon_BinaryKind, "binary_kind">;

def Tenon_CompareKind : Tenon_Enum<"CompareKind", "An ordering", [
    "eq", "ne", "lt", "le", "gt", "ge"]>;
def Tenon_CompareKindAttr : Tenon_EnumAttr<Tenon_CompareKind, "compare_kind">;

def Tenon_ReduceKind : Tenon_Enum<"ReduceKind", "How a reduction combines", [
    "sum", "mean", "max", "min", "any", "all"]>;
def Tenon_ReduceKindAttr : Tenon_EnumAttr<Tenon_ReduceKind, "reduce_kind">;

def Tenon_Factors : Tenon_Enum<"Factors", "What attention multiplies", [
    "numbers", "bf16", "fp16", "codes"]>;
def Tenon_FactorsAttr : Tenon_EnumAttr<Tenon_Factors, "factors">;

def Tenon_ResizeKind : Tenon_Enum<"ResizeKind", "How a map is resampled", [
    "nearest", "bilinear", "bicubic"]>;
def Tenon_ResizeKindAttr : Tenon_EnumAttr<Tenon_ResizeKind, "resize_kind">;

#endif // TENON_DIALECT_TD
