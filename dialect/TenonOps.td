//===- TenonOps.td - the ops ----------------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Shapes are written [a, b, c]; `..` stands for any number of axes. Axes may be
// negative in the architecture language; in the IR they count from the front.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_OPS_TD
#define TENON_OPS_TD

include "dialect/TenonDialect.td"
include "dialect/TenonInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Base classes
//===----------------------------------------------------------------------===//

/// Tensors of known rank, each of whose dims is a constant or an expression.
class Tenon_TensorOf<list<Type> types>
    : ConfinedType<TensorOf<types>, [CPred<"hasKnownDims($_self)">],
                   TensorOf<types>.summary # " of known dims">;
def Tenon_Tensor : Tenon_TensorOf<[F16, BF16, F32, I1, I8, I32, I64]>;
def Tenon_FloatTensor : Tenon_TensorOf<[F16, BF16, F32]>;
def Tenon_FactorTensor : Tenon_TensorOf<[F16, BF16, F32, I8]>;
def Tenon_IntTensor : Tenon_TensorOf<[I8, I32, I64]>;
def Tenon_BoolTensor : Tenon_TensorOf<[I1]>;
def Tenon_Scalar : AnyTypeOf<[F16, BF16, F32, I1, I8, I32, I64, Index],
                             "a scalar">;
/// Elementwise ops take tensors, and scalars inside score regions.
def Tenon_Value : AnyTypeOf<[Tenon_Tensor, Tenon_Scalar],
                            "a tensor or a scalar">;
def Tenon_StateOrTensor : AnyTypeOf<[Tenon_Tensor, Tenon_StateType],
                                    "a tensor or a state">;

/// One entry of an op's signature table.
class ArgumentEntry<string name, Constraint arg> {
  string kind =
    !if(!isa<Attr>(arg), "Attribute",
    !if(!isa<Variadic>(arg), "VariadicOperand",
    !if(!isa<Optional>(arg), "OptionalOperand", "Operand")));
  string type = !if(!isa<Attr>(arg), !cast<Attr>(arg).storageType, "");
  bit optional = !if(!isa<Attr>(arg),
    !or(!cast<Attr>(arg).isOptional,
        !initialized(!cast<Attr>(arg).defaultValue)),
    !or(!isa<Optional>(arg), !isa<Variadic>(arg)));
  bit isEnum = !if(!isa<EnumAttr>(arg), true,
    !if(!isa<DefaultValuedAttr>(arg),
        !isa<EnumAttr>(!cast<Attr>(arg).baseAttr), false));
  string keywords = !if(isEnum,
    "&::tenon::detail::keywordsOf<" # !cast<Attr>(arg).storageType # ">",
    "nullptr");
  string entry = "{\"" # name # "\", ::tenon::ArgumentSpec::" # kind # ", \"" #
                type # "\", " # !if(optional, "true", "false") # ", " #
                keywords # "}";
}

/// `static getSignature()` for the arguments and regions of an op.
class SignatureTable<dag args, list<string> regions> {
  list<string> entries = !listconcat(
    !foreach(i, !range(!size(args)),
      ArgumentEntry<!getdagname(args, i), !getdagarg<Constraint>(args, i)>.entry),
    !foreach(r, regions, "{\"" # r # "\", ::tenon::ArgumentSpec::Region, \"\", "
                         # "true, nullptr}"));
  string declaration = [{
    static ::llvm::ArrayRef<::tenon::ArgumentSpec> getSignature() {
  }] # !if(!empty(entries), "return {};",
      "static const ::tenon::ArgumentSpec table[] = {" #
      !interleave(entries, ", ") # "}; return table;") # "\n}\n" #
    !if(!empty(regions), "", [{
      static ::mlir::LogicalResult getRegionSignature(
          unsigned region, ::mlir::ValueRange operands,
          ::llvm::SmallVectorImpl<::mlir::Type> &arguments,
          ::llvm::SmallVectorImpl<::mlir::Type> &yields);
    }]);
}

class Tenon_Op<string mnemonic, dag args, list<Trait> traits = [],
               list<string> callRegions = []>
    : Op<Tenon_Dialect, mnemonic, traits> {
  let arguments = args;
  let extraClassDeclaration =
    SignatureTable<args, callRegions>.declaration;
}

defvar Evaluates = DeclareOpInterfaceMethods<EvaluateOpInterface>;
defvar Elements = DeclareOpInterfaceMethods<ElementOpInterface>;
defvar Scalars = DeclareOpInterfaceMethods<ScalarOpInterface>;
defvar StoreMaps = DeclareOpInterfaceMethods<StoreMapOpInterface>;
defvar Reduces = DeclareOpInterfaceMethods<ReductionOpInterface>;
defvar Decomposes = DeclareOpInterfaceMethods<DecomposeOpInterface>;
defvar Streams = DeclareOpInterfaceMethods<StreamOpInterface>;

/// An op that computes tensors from tensors: callable from the architecture
/// language, with inferred result types, an evaluator and a lowering.
class Tenon_ComputeOp<string mnemonic, string kind, dag args,
                      list<Trait> traits = [], int cost = 1,
                      list<string> callRegions = []>
    : Tenon_Op<mnemonic, args, !listconcat([
        Pure, InferTypeOpAdaptor, Evaluates,
        SignatureOpInterface,
        DeclareOpInterfaceMethods<FusionOpInterface, ["getElementCost"]>
      ], traits), callRegions> {
  let results = (outs Tenon_Value:$result);
  let assemblyFormat =
    "operands attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = [{
    ::tenon::FusionKind $cppClass::getFusionKind() {
      return ::tenon::FusionKind::}] # kind # [{;
    }
    int64_t $cppClass::getElementCost() { return }] # cost # [{; }
  }];
}

//===----------------------------------------------------------------------===//
// Module-level records
//===----------------------------------------------------------------------===//

def Tenon_SymbolOp : Tenon_Op<"symbol",
    (ins SymbolNameAttr:$sym_name, I64Attr:$min, I64Attr:$max, I64Attr:$typical,
         UnitAttr:$late), [Symbol]> {
  let summary = "A dim and its bounds";
  let description = [{
    `tenon.symbol @S in [1, 512] typical 128`: dims named `S` in this module's
    types lie in the closed range, which is checked when an entry is called.
    Costs are compared at the typical value. A `late` symbol belongs to a state:
    it may change from call to call of one session without anything being
    planned anew, so no buffer's size may depend on it but through its maximum.
  }];
  let assemblyFormat = [{
    $sym_name `in` ` ` `[` $min `,` $max `]` `typical` $typical (`late` $late^)?
    attr-dict
  }];
  let hasVerifier = 1;
}

def Tenon_RequireOp : Tenon_Op<"require",
    (ins Tenon_DimAttr:$left, Tenon_CompareKindAttr:$kind,
         Tenon_DimAttr:$right)> {
  let summary = "A relation between dims, checked at entry";
  let description = [{
    A fact about the function's dims: types may rely on equalities, and the
    runtime checks every relation when the entry is called.
  }];
  let assemblyFormat = "$left $kind $right attr-dict";
}

def Tenon_GlobalOp : Tenon_Op<"global",
    (ins SymbolNameAttr:$sym_name, TypeAttrOf<AnyRankedTensor>:$type),
    [Symbol, IsolatedFromAbove, SingleBlock, NoTerminator]> {
  let summary = "A constant of the model";
  let description = [{
    What a constant is made of: ops over `tenon.weight`, ending in
    `tenon.yield`. The region is run once, at compile time; regions that only
    move, convert or scale data are streamed into the artifact.
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `:` $type $body attr-dict";
  let hasRegionVerifier = 1;
}

def Tenon_GlobalRefOp : Tenon_Op<"global_ref", (ins FlatSymbolRefAttr:$global),
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "The value of a `tenon.global`";
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$global attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

def Tenon_WeightOp : Tenon_Op<"weight", (ins StrAttr:$path),
    [Pure, Evaluates, Streams]> {
  let summary = "A tensor of the checkpoint, by name";
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "$path attr-dict `:` type($result)";
}

def Tenon_ConstantOp : Tenon_Op<"constant", (ins ElementsAttr:$value),
    [Pure, ConstantLike, InferTypeOpAdaptor, Evaluates, Elements, Streams,
     DeclareOpInterfaceMethods<FusionOpInterface, ["getElementCost"]>]> {
  let summary = "A small tensor given by its elements";
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Tenon_FillOp : Tenon_ComputeOp<"fill", "Source",
    (ins TypedAttrInterface:$value, Tenon_DimsAttr:$shape), [Elements]> {
  let summary = "A tensor whose elements all are `value`";
}

def Tenon_IotaOp : Tenon_ComputeOp<"iota", "Source",
    (ins Tenon_DimsAttr:$shape, I64Attr:$axis, TypeAttr:$type), [Elements]> {
  let summary = "The index along `axis`, as `type`";
  let hasVerifier = 1;
}

def Tenon_DimValueOp : Tenon_ComputeOp<"dim_value", "Source",
    (ins Tenon_DimAttr:$dim, TypeAttr:$type), [Elements]> {
  let summary = "A dim's value: a tensor of rank 0, or an index in a region";
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

def Tenon_UnaryOp : Tenon_ComputeOp<"unary", "Elementwise",
    (ins Tenon_UnaryKindAttr:$kind, Tenon_Value:$x), [Elements, Scalars], 8> {
  let summary = "An elementwise function";
  let description = [{
    `gelu` is the exact form x/2 (1 + erf(x/sqrt 2)); `gelu_tanh` the
    approximation of Hendrycks and Gimpel (arXiv:1606.08415) that checkpoints
    call gelu_new; `silu` x sigmoid(x); `softplus` log(1 + e^x); `hardswish`
    x clamp(x + 3, 0, 6) / 6; `round` to nearest, ties to even.
  }];
  let assemblyFormat = "`` $kind $x attr-dict `:` functional-type(operands, results)";
}

def Tenon_BinaryOp : Tenon_ComputeOp<"binary", "Elementwise",
    (ins Tenon_BinaryKindAttr:$kind, Tenon_Value:$lhs, Tenon_Value:$rhs), [Elements, Scalars]> {
  let summary = "An elementwise operator, with numpy broadcasting";
  let description = [{
    Both sides have one element type. `div` of integers isn't defined: use
    `floordiv`, which like `mod` rounds towards minus infinity.
  }];
  let assemblyFormat = [{`` $kind $lhs `,` $rhs attr-dict `:`
                         functional-type(operands, results)}];
}

def Tenon_CompareOp : Tenon_ComputeOp<"compare", "Elementwise",
    (ins Tenon_CompareKindAttr:$kind, Tenon_Value:$lhs, Tenon_Value:$rhs), [Elements, Scalars]> {
  let summary = "An elementwise comparison, giving bool";
  let assemblyFormat = [{`` $kind $lhs `,` $rhs attr-dict `:`
                         functional-type(operands, results)}];
}

def Tenon_SelectOp : Tenon_ComputeOp<"select", "Elementwise",
    (ins Tenon_Value:$condition, Tenon_Value:$on_true, Tenon_Value:$on_false), [Elements, Scalars]> {
  let summary = "`condition ? on_true : on_false`, with broadcasting";
}

def Tenon_CastOp : Tenon_ComputeOp<"cast", "Elementwise",
    (ins Tenon_Value:$x, TypeAttr:$type), [Streams, Elements, Scalars]> {
  let summary = "Elements converted to `type`";
  let description = [{
    Floats to integers round towards zero and saturate; to bool is `!= 0`.
  }];
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

def Tenon_ReshapeOp : Tenon_ComputeOp<"reshape", "Movement",
    (ins Tenon_Tensor:$x, Tenon_DimsAttr:$shape), [Streams, Elements, StoreMaps]> {
  let summary = "The same elements in row-major order under another shape";
}

def Tenon_TransposeOp : Tenon_ComputeOp<"transpose", "Movement",
    (ins Tenon_Tensor:$x, DenseI64ArrayAttr:$permutation), [Streams, Elements, StoreMaps]> {
  let summary = "Axes reordered: result axis i is operand axis permutation[i]";
}

def Tenon_ExpandOp : Tenon_ComputeOp<"expand", "Movement",
    (ins Tenon_Tensor:$x, Tenon_DimsAttr:$shape), [Elements]> {
  let summary = "Axes of size 1 (and missing leading axes) repeated to `shape`";
}

def Tenon_SliceOp : Tenon_ComputeOp<"slice", "Movement",
    (ins Tenon_Tensor:$x, I64Attr:$axis, Tenon_DimAttr:$begin,
         Tenon_DimAttr:$size, DefaultValuedAttr<I64Attr, "1">:$step), [Streams, Elements, StoreMaps]> {
  let summary = "`size` elements along `axis`, from `begin`, every `step`-th";
}

def Tenon_ConcatOp : Tenon_ComputeOp<"concat", "Movement",
    (ins Variadic<Tenon_Tensor>:$inputs, I64Attr:$axis), [Streams, Elements]> {
  let summary = "Tensors joined along `axis`";
}

def Tenon_PadOp : Tenon_ComputeOp<"pad", "Movement",
    (ins Tenon_Tensor:$x, I64Attr:$axis, Tenon_DimAttr:$low,
         Tenon_DimAttr:$high, F64Attr:$value), [Elements]> {
  let summary = "`low` and `high` elements of `value` added along `axis`";
}

def Tenon_WindowsOp : Tenon_ComputeOp<"windows", "Movement",
    (ins Tenon_Tensor:$x, DenseI64ArrayAttr:$axes, DenseI64ArrayAttr:$sizes,
         DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding_low,
         DenseI64ArrayAttr:$padding_high, DenseI64ArrayAttr:$dilations,
         F64Attr:$value), [Elements]> {
  let summary = "What a window sees as it moves along `axes`";
  let description = [{
    Each of `axes` (size s) becomes the places of its window, t =
    floor((s + low + high - dilation (size - 1) - 1) / stride) + 1, and the
    windows' own axes, `sizes`, follow all others: element [.., p, .., k] is
    x[.., p stride + k dilation - low, ..], or `value` outside x. Convolutions
    and pooling are products and reductions of it.
  }];
}

def Tenon_RollOp : Tenon_ComputeOp<"roll", "Movement",
    (ins Tenon_Tensor:$x, I64Attr:$axis, Tenon_DimAttr:$shift), [Streams, Elements, StoreMaps]> {
  let summary = "Elements shifted cyclically towards higher indices";
}

def Tenon_PackOp : Tenon_ComputeOp<"pack", "Movement",
    (ins Tenon_Tensor:$x, I64Attr:$width,
         DefaultValuedAttr<BoolAttr, "false">:$transposed,
         DefaultValuedAttr<I64Attr, "1">:$interleave), [Streams, Elements]> {
  let summary = "A matrix as panels of `width` columns";
  let description = [{
    [K, N] (or [N, K] when `transposed`) becomes [ceil(N / width), K, width]:
    panel p holds columns p*width ..., row by row, so that a matrix product
    reads it as one stream. With `interleave` = i > 1 it becomes [ceil(N /
    width), ceil(K / i), width, i]: i steps of k of one column are neighbours,
    for instructions that sum their products. What is missing is zero.
  }];
}

def Tenon_UnpackOp : Tenon_ComputeOp<"unpack", "Movement",
    (ins Tenon_Tensor:$panels, I64Attr:$columns,
         DefaultValuedAttr<BoolAttr, "false">:$transposed,
         OptionalAttr<I64Attr>:$rows), [Elements]> {
  let summary = "The matrix that `pack` packed";
  let description = [{
    Panels [P, K, width] give [K, columns], or [columns, K] when `transposed`;
    interleaved ones, [P, ceil(K / i), width, i], with `rows` = K.
  }];
}

//===----------------------------------------------------------------------===//
// Quantization
//===----------------------------------------------------------------------===//

def Tenon_QuantizeScalesOp : Tenon_ComputeOp<"quantize_scales", "Row",
    (ins Tenon_FloatTensor:$x, I64Attr:$axis, I64Attr:$group, I64Attr:$bits),
    [Streams, Decomposes], 2> {
  let summary = "What a code of each group of elements stands for, as f32";
  let description = [{
    x [.., K, ..] gives [.., ceil(K / group), ..]: `group` elements along `axis`
    share a scale, all of them if `group` is 0. With 8 `bits` max |x| is 127
    times the scale; with 4, the element of the largest magnitude is -8 times
    it, so that all sixteen codes are used.
  }];
}

def Tenon_QuantizeOp : Tenon_ComputeOp<"quantize", "Elementwise",
    (ins Tenon_FloatTensor:$x, Tenon_FloatTensor:$scales, I64Attr:$axis,
         I64Attr:$group, I64Attr:$bits), [Streams, Elements], 8> {
  let summary = "Numbers as codes: round(x / scale), as i8";
  let description = [{
    x [.., K, ..] and scales [.., ceil(K / group), ..], see `quantize_scales`,
    give codes [.., K, ..]: -127 .. 127 with 8 `bits`, -8 .. 7 with 4. Ties
    round to even.
  }];
}

def Tenon_DequantizeOp : Tenon_ComputeOp<"dequantize", "Elementwise",
    (ins Tenon_IntTensor:$x, Tenon_FloatTensor:$scales, I64Attr:$axis,
         I64Attr:$group, OptionalAttr<I64Attr>:$depth), [Elements], 0> {
  let summary = "The numbers that codes stand for: code * scale, as f32";
  let description = [{
    Codes x [.., K, ..] of type i8 and scales [.., ceil(K / group), ..], see
    `quantize_scales`, give [.., K, ..]. With `depth` = K, x [.., ceil(K / 2),
    ..] has two codes of 4 bits in a byte, see `pack_nibbles`.
  }];
}

def Tenon_PackNibblesOp : Tenon_ComputeOp<"pack_nibbles", "Elementwise",
    (ins Tenon_IntTensor:$x, I64Attr:$axis), [Streams, Elements]> {
  let summary = "Neighbours along `axis` as the halves of one byte";
  let description = [{
    Codes [.., K, ..] of type i8 in -8 .. 7 become [.., ceil(K / 2), ..]: the
    even one in the low half, two's complement; a missing neighbour is 0.
  }];
}

//===----------------------------------------------------------------------===//
// Indexing by data
//===----------------------------------------------------------------------===//

def Tenon_GatherOp : Tenon_ComputeOp<"gather", "Indexed",
    (ins Tenon_Tensor:$x, Tenon_IntTensor:$indices, I64Attr:$axis), [Elements]> {
  let summary = "Slices of `x` along `axis`, chosen by `indices`";
  let description = [{
    x [a.., n, b..] and indices [i..] give [a.., i.., b..]. An index outside
    0 .. n-1 reads the nearest slice; entries check ids before they run.
  }];
}

def Tenon_GridSampleOp : Tenon_ComputeOp<"grid_sample", "Indexed",
    (ins Tenon_FloatTensor:$x, Tenon_FloatTensor:$grid, BoolAttr:$align_corners), [Elements], 32> {
  let summary = "Bilinear samples of a map at given points";
  let description = [{
    x [B, C, H, W] and grid [B, h, w, 2] of (x, y) in -1 .. 1 give
    [B, C, h, w]; points outside read zeros. Follows torch.nn.functional
    .grid_sample(mode='bilinear', padding_mode='zeros').
  }];
}

def Tenon_ResizeOp : Tenon_ComputeOp<"resize", "Indexed",
    (ins Tenon_FloatTensor:$x, Tenon_ResizeKindAttr:$kind, Tenon_DimAttr:$height,
         Tenon_DimAttr:$width, BoolAttr:$align_corners), [Elements], 32> {
  let summary = "The last two axes resampled";
  let description = [{
    [.., H, W] becomes [.., height, width]. Follows torch.nn.functional
    .interpolate without antialiasing: half-pixel centres unless
    `align_corners`, borders clamped, bicubic with a = -0.75, nearest as
    floor(i * in / out) in float.
  }];
}

//===----------------------------------------------------------------------===//
// Reductions and rows
//===----------------------------------------------------------------------===//

def Tenon_ReduceOp : Tenon_ComputeOp<"reduce", "Row",
    (ins Tenon_ReduceKindAttr:$kind, Tenon_Tensor:$x, DenseI64ArrayAttr:$axes,
         BoolAttr:$keep_axes), [Reduces, Decomposes]> {
  let summary = "Axes combined into one element";
  let assemblyFormat = "`` $kind $x attr-dict `:` functional-type(operands, results)";
}

def Tenon_ArgMaxOp : Tenon_ComputeOp<"argmax", "Row",
    (ins Tenon_Tensor:$x, I64Attr:$axis), [Decomposes]> {
  let summary = "The index of the first largest element along `axis`, as i64";
}

def Tenon_CumSumOp : Tenon_ComputeOp<"cumsum", "Row",
    (ins Tenon_Tensor:$x, I64Attr:$axis), [Reduces]> {
  let summary = "Running sums along `axis`";
}

def Tenon_SoftmaxOp : Tenon_ComputeOp<"softmax", "Row",
    (ins Tenon_FloatTensor:$x, I64Attr:$axis), [Decomposes], 16> {
  let summary = "exp(x - max) normalized to sum 1 along `axis`";
}

def Tenon_LayerNormOp : Tenon_ComputeOp<"layer_norm", "Row",
    (ins Tenon_FloatTensor:$x, Tenon_FloatTensor:$weight,
         Tenon_FloatTensor:$bias, F64Attr:$eps), [Decomposes], 8> {
  let summary = "Rows normalized to mean 0, variance 1, then scaled and shifted";
  let description = [{
    Over the last axis: (x - mean) / sqrt(var + eps) * weight + bias with the
    biased variance (Ba et al., arXiv:1607.06450).
  }];
}

def Tenon_RmsNormOp : Tenon_ComputeOp<"rms_norm", "Row",
    (ins Tenon_FloatTensor:$x, Tenon_FloatTensor:$weight, F64Attr:$eps), [Decomposes], 8> {
  let summary = "Rows scaled to root mean square 1, times `weight`";
  let description = "Over the last axis (Zhang and Sennrich, arXiv:1910.07467).";
}

def Tenon_GroupNormOp : Tenon_ComputeOp<"group_norm", "Row",
    (ins Tenon_FloatTensor:$x, Tenon_FloatTensor:$weight,
         Tenon_FloatTensor:$bias, I64Attr:$groups, F64Attr:$eps), [Decomposes], 8> {
  let summary = "Channels normalized in groups";
  let description = [{
    x [B, C, ..], weight and bias [C]: each of `groups` runs of C / groups
    channels is normalized with its own mean and biased variance over its
    channels and all further axes (Wu and He, arXiv:1803.08494).
  }];
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def Tenon_MatmulOp : Tenon_ComputeOp<"matmul", "Contraction",
    (ins Tenon_FactorTensor:$lhs, Tenon_FactorTensor:$rhs,
         DefaultValuedAttr<BoolAttr, "false">:$transpose_rhs,
         OptionalAttr<I64Attr>:$columns,
         DefaultValuedAttr<BoolAttr, "false">:$wide), [Reduces]> {
  let summary = "Matrix products over broadcast leading axes";
  let description = [{
    lhs [.., M, K] and rhs [.., K, N] ([.., N, K] with `transpose_rhs`) give
    [.., M, N]; leading axes broadcast. With `columns` = N, rhs is packed:
    [ceil(N / width), K, width] or with steps of k as neighbours, see
    `tenon.pack`. Sums of integers (i8) are i32; of small floats they are of
    their type, or f32 if `wide`.
  }];
}

def Tenon_ConvOp : Tenon_ComputeOp<"conv", "Contraction",
    (ins Tenon_FloatTensor:$x, Tenon_FloatTensor:$weight,
         DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$padding_low,
         DenseI64ArrayAttr:$padding_high, DenseI64ArrayAttr:$dilations,
         I64Attr:$groups), [Reduces]> {
  let summary = "Convolution (cross-correlation) over one or two axes";
  let description = [{
    x [B, C, s..] and weight [O, C / groups, k..] give [B, O, t..] with
    t = floor((s + low + high - dilation (k - 1) - 1) / stride) + 1. The layout
    of memory is a matter of scheduling; these axes are only names.
  }];
}

def Tenon_AttentionOp : Tenon_ComputeOp<"attention", "Attention",
    (ins Tenon_FloatTensor:$query, Tenon_StateOrTensor:$key,
         Tenon_StateOrTensor:$value, Variadic<Tenon_Tensor>:$captures,
         F64Attr:$scale,
         DefaultValuedAttr<Tenon_FactorsAttr, "::tenon::Factors::numbers">:$factors),
    [IsolatedFromAbove, SingleBlock], 1, ["score"]> {
  let summary = "softmax(score(scale * query key^T)) value";
  let description = [{
    query [B, H, Q, D], key [B, H, K, D], value [B, H, K, E] give [B, H, Q, E].
    The region maps (score, batch, head, query index, key index, captured
    tensors) to the score that enters the softmax; it reads captured tensors
    with `tenon.extract`. Of a state, each batch has the keys that its row holds,
    which may be fewer than K. Masks, biases and offsets are such regions: an added
    finfo.min leaves a fully masked row uniform, -inf makes it NaN, as torch.

    Both products multiply what query, key and value hold, all of one type, unless
    `of` says otherwise.

    `of bf16`, `of fp16`: all three hold f32, and each element is rounded to that type
    first, to the nearest, ties to even; numbers too small for a normal one may become
    zero, those too large for any become infinite. Scale, region, softmax and sums are
    of f32 all the same, and the softmax's numerators count with 16 bits at least, so
    that nothing hangs on how one of them is rounded.

    `of codes`: all three are f32 tensors, and both products are sums of
    integers. Each query, key and value x is 8-bit codes with a scale of its own:
    m = max |x|, at least 2^-100; codes are round(x * (127 / m)), ties to even,
    and stand for multiples of m / 127. A query's scores are scale * the scales of
    query and key * sum of codes' products. Of its softmax's numerators p, those
    times the scales of values, c, become w = round(c * (32767 / max c)); the
    result is max c / 32767 / sum p * sum of w times codes of values. So nothing
    depends on keys without weight, nor on other queries. A key or value that isn't
    finite has the score NaN.
  }];
  let regions = (region SizedRegion<1>:$score);
  let assemblyFormat = [{
    operands (`of` $factors^)? attr-dict `:`
    functional-type(operands, results) $score
  }];
  let hasRegionVerifier = 1;
}

def Tenon_ExtractOp : Tenon_Op<"extract",
    (ins Tenon_Tensor:$tensor, Variadic<Index>:$indices),
    [Pure, InferTypeOpAdaptor, Evaluates, SignatureOpInterface]> {
  let summary = "One element of a captured tensor, inside a region";
  let description = "An index outside the tensor reads the nearest element.";
  let results = (outs Tenon_Scalar:$result);
  let assemblyFormat = [{
    $tensor `[` $indices `]` attr-dict `:` functional-type(operands, results)
  }];
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

/// States are read and changed in kernels like tensors; only what holds them is
/// different. `kind` is what fusion may do with the op.
class Tenon_StateOp<string mnemonic, string kind, dag args,
                    list<Trait> traits = []>
    : Tenon_Op<mnemonic, args, !listconcat([
        Pure, InferTypeOpAdaptor, Evaluates, SignatureOpInterface,
        DeclareOpInterfaceMethods<FusionOpInterface, ["getElementCost"]>
      ], traits)> {
  let assemblyFormat =
    "operands attr-dict `:` functional-type(operands, results)";
  let extraClassDefinition = [{
    ::tenon::FusionKind $cppClass::getFusionKind() {
      return ::tenon::FusionKind::}] # kind # [{;
    }
    int64_t $cppClass::getElementCost() { return 0; }
  }];
}

def Tenon_StateAppendOp : Tenon_StateOp<"state_append", "Update",
    (ins Tenon_StateType:$state, Tenon_Tensor:$x),
    [DeclareOpInterfaceMethods<StateUpdateOpInterface>]> {
  let summary = "The state grown by `x` along its axis";
  let description = [{
    Rows (axis 0) may hold different numbers of positions: each grows behind
    what it holds.
  }];
  let results = (outs Tenon_StateType:$result);
}

def Tenon_StateWriteOp : Tenon_StateOp<"state_write", "Update",
    (ins Tenon_StateType:$state, Tenon_Tensor:$x),
    [DeclareOpInterfaceMethods<StateUpdateOpInterface>]> {
  let summary = "The state holding `x` and nothing else";
  let results = (outs Tenon_StateType:$result);
}

def Tenon_StateReadOp : Tenon_StateOp<"state_read", "Movement",
    (ins Tenon_StateType:$state), [Elements]> {
  let summary = "What the state holds, as a tensor";
  let description = [{
    Where rows hold different numbers of positions, elements behind the end of a
    row have no meaning.
  }];
  let results = (outs Tenon_Tensor:$result);
}

def Tenon_StateLengthsOp : Tenon_StateOp<"state_lengths", "Source",
    (ins Tenon_StateType:$state)> {
  let summary = "The number of positions that each row of a state holds";
  let description = [{
    A state of contents [B, ..] gives i64 [B]. Positions and causal masks follow
    from it: rows of one call may be of different lengths.
  }];
  let results = (outs Tenon_Tensor:$result);
}

//===----------------------------------------------------------------------===//
// Structure
//===----------------------------------------------------------------------===//

def Tenon_TapOp : Tenon_Op<"tap", (ins Tenon_Tensor:$x, StrAttr:$name),
    [SignatureOpInterface]> {
  let summary = "Names an intermediate value, for comparison with a reference";
  let assemblyFormat = "$name $x attr-dict `:` type($x)";
}

def Tenon_YieldOp : Tenon_Op<"yield", (ins Variadic<AnyType>:$values),
    [Pure, Terminator, ReturnLike,
     ParentOneOf<["GlobalOp", "AttentionOp", "KernelOp"]>]> {
  let summary = "Ends a region";
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def Tenon_KernelOp : Tenon_Op<"kernel", (ins Variadic<Tenon_StateOrTensor>:$inputs),
    [Pure, IsolatedFromAbove,
     SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "Ops that become one kernel";
  let regions = (region SizedRegion<1>:$body);
  let results = (outs Variadic<Tenon_StateOrTensor>:$outputs);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}

def Tenon_LaunchOp : Tenon_Op<"launch",
    (ins FlatSymbolRefAttr:$kernel, Tenon_DimsAttr:$dims,
         Variadic<Tenon_StateOrTensor>:$inputs),
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "One run of a kernel; `dims` are the kernel's own symbols";
  let results = (outs Variadic<Tenon_StateOrTensor>:$outputs);
  let assemblyFormat = [{
    $kernel $dims `(` $inputs `)` attr-dict `:`
    functional-type($inputs, $outputs)
  }];
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

def Tenon_RandomOp : Tenon_Op<"random",
    (ins Tenon_DimsAttr:$shape, TypeAttr:$type, F64Attr:$low, F64Attr:$high,
         I64Attr:$seed), [Evaluates, InferTypeOpAdaptor, Pure]> {
  let summary = "Test data: reproducible uniform values in low .. high";
  let results = (outs Tenon_Tensor:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Tenon_CheckCloseOp : Tenon_Op<"check_close",
    (ins Tenon_Tensor:$actual, Tenon_Tensor:$expected, F64Attr:$tolerance)> {
  let summary = "Fails unless |actual - expected| <= tolerance * max |expected|";
  let assemblyFormat = "operands attr-dict `:` type(operands)";
  let hasVerifier = 1;
}

#endif // TENON_OPS_TD
