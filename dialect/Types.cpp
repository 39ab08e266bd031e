//===- Types.cpp - tensor types with dims, shape rules --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialect/Types.h"

#include "dialect/TenonOps.h"

#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace tenon;
using namespace mlir;

RankedTensorType tenon::getTensorType(MLIRContext *context,
                                      ArrayRef<DimAttr> dims,
                                      Type elementType) {
  SmallVector<int64_t> shape;
  bool dynamic = false;
  for (DimAttr dim : dims) {
    shape.push_back(dim.asConstant().value_or(ShapedType::kDynamic));
    dynamic |= !dim.isConstant();
  }
  Attribute encoding = dynamic ? DimsAttr::get(context, dims) : Attribute();
  return RankedTensorType::get(shape, elementType, encoding);
}

SmallVector<DimAttr> tenon::getDims(Type type) {
  if (auto state = dyn_cast<StateType>(type))
    type = state.getContents();
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return {};
  if (auto encoding = dyn_cast_or_null<DimsAttr>(tensor.getEncoding()))
    return llvm::to_vector(encoding.getDims());
  SmallVector<DimAttr> dims;
  for (int64_t size : tensor.getShape())
    dims.push_back(ShapedType::isDynamic(size)
                       ? DimAttr()
                       : getConstantDim(type.getContext(), size));
  return dims;
}

SmallVector<DimAttr> tenon::getDims(Value value) {
  return getDims(value.getType());
}

Type tenon::getElementType(Type type) {
  if (auto state = dyn_cast<StateType>(type))
    type = state.getContents();
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.getElementType();
  return type;
}

RankedTensorType tenon::stripDims(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(), type.getElementType());
}

DimFacts tenon::getDimFacts(ValueRange values) {
  DimFacts facts;
  for (Value value : values) {
    Region *region = value.getParentRegion();
    // Facts are stated at the top of the function that holds the value.
    while (region &&
           !isa_and_nonnull<FunctionOpInterface>(region->getParentOp()))
      region = region->getParentRegion();
    if (!region)
      continue;
    for (auto require : region->getOps<RequireOp>())
      if (require.getKind() == CompareKind::eq)
        facts.push_back(require.getLeft() - require.getRight());
    break;
  }
  return facts;
}

//===----------------------------------------------------------------------===//
// Rules
//===----------------------------------------------------------------------===//

std::optional<std::pair<unsigned, unsigned>> tenon::dimReference(Location loc) {
  auto fused = dyn_cast<FusedLoc>(loc);
  if (!fused)
    return std::nullopt;
  auto pair = dyn_cast_or_null<DenseI32ArrayAttr>(fused.getMetadata());
  if (!pair || pair.size() != 2)
    return std::nullopt;
  return std::pair<unsigned, unsigned>(pair[0], pair[1]);
}

Location tenon::getStrictLoc(Location loc) {
  return FusedLoc::get(loc.getContext(), {loc},
                       UnitAttr::get(loc.getContext()));
}

static bool isStrict(Location loc) {
  auto fused = dyn_cast<FusedLoc>(loc);
  return fused && isa_and_nonnull<UnitAttr>(fused.getMetadata());
}

LogicalResult ShapeRules::fail(const Twine &message) const {
  return emitOptionalError(loc, message);
}

LogicalResult ShapeRules::mismatch(const Twine &what, AxisRef a, DimAttr dimA,
                                   std::optional<AxisRef> b,
                                   DimAttr dimB) const {
  if (!loc)
    return failure();
  auto text = [](DimAttr dim) { return dim ? dim.str() : "unknown"; };
  InFlightDiagnostic diagnostic = emitError(*loc) << what << ": " << text(dimA)
                                                  << " is not " << text(dimB);
  auto note = [&](AxisRef ref, DimAttr dim) {
    auto metadata = DenseI32ArrayAttr::get(
        context, {int32_t(ref.operand), int32_t(ref.axis)});
    diagnostic.attachNote(FusedLoc::get(context, {*loc}, metadata))
        << "axis " << ref.axis << " of operand " << ref.operand << " is "
        << text(dim);
  };
  note(a, dimA);
  if (b)
    note(*b, dimB);
  if (dimA && dimB && compare(dimA, dimB) == DimEquality::Unknown)
    diagnostic.attachNote() << "if they are always equal, say so: require "
                            << dimA.str() << " == " << dimB.str();
  return diagnostic;
}

DimEquality ShapeRules::compare(DimAttr a, DimAttr b) const {
  if (a == b)
    return DimEquality::Equal;
  if (!a || !b)
    return DimEquality::Unknown;
  return compareDims(a, b, getDimFacts(operands));
}

bool ShapeRules::agree(DimAttr a, DimAttr b) const {
  switch (compare(a, b)) {
  case DimEquality::Equal:
    return true;
  case DimEquality::Different:
    return false;
  case DimEquality::Unknown:
    return !loc || !isStrict(*loc);
  }
  llvm_unreachable("unknown equality");
}

LogicalResult ShapeRules::same(const Twine &what, AxisRef a, AxisRef b) const {
  DimAttr dimA = dims(a.operand)[a.axis], dimB = dims(b.operand)[b.axis];
  if (agree(dimA, dimB))
    return success();
  return mismatch(what, a, dimA, b, dimB);
}

LogicalResult ShapeRules::same(const Twine &what, AxisRef a,
                               DimAttr expected) const {
  DimAttr dim = dims(a.operand)[a.axis];
  if (agree(dim, expected))
    return success();
  return mismatch(what, a, dim, std::nullopt, expected);
}

FailureOr<int64_t> ShapeRules::axis(int64_t axis, int64_t rank,
                                    StringRef name) const {
  if (axis < 0 || axis >= rank) {
    (void)fail(name + " " + Twine(axis) + " is outside 0 .. " +
               Twine(rank - 1));
    return failure();
  }
  return axis;
}

FailureOr<int64_t> ShapeRules::rank(unsigned operand, int64_t least,
                                    StringRef name) const {
  int64_t rank = dims(operand).size();
  if (rank < least) {
    (void)fail(name + " has " + Twine(rank) + " axes, needs at least " +
               Twine(least));
    return failure();
  }
  return rank;
}

FailureOr<SmallVector<DimAttr>>
ShapeRules::broadcast(ArrayRef<unsigned> which) const {
  SmallVector<DimAttr> result;
  // Which operand and axis gave each dim, counted from the back.
  SmallVector<AxisRef> source;
  for (unsigned operand : which) {
    SmallVector<DimAttr> own = dims(operand);
    unsigned rank = own.size();
    for (unsigned back = 0; back < rank; ++back) {
      AxisRef ref{operand, rank - 1 - back};
      DimAttr dim = own[ref.axis];
      if (back == result.size()) {
        result.push_back(dim);
        source.push_back(ref);
      } else if (result[back].isConstant(1)) {
        result[back] = dim;
        source[back] = ref;
      } else if (!dim.isConstant(1) && !agree(result[back], dim)) {
        return mismatch("shapes don't broadcast", source[back], result[back],
                        ref, dim);
      }
    }
  }
  std::reverse(result.begin(), result.end());
  return result;
}

Type ShapeRules::result(ArrayRef<DimAttr> dims, Type elementType) const {
  bool anyTensor = llvm::any_of(operands.getTypes(), llvm::IsaPred<TensorType>);
  if (!anyTensor)
    return elementType;
  return getTensorType(context, dims, elementType);
}

SmallVector<DimAttr> ShapeRules::dims(unsigned operand) const {
  return getDims(operands[operand]);
}

Type ShapeRules::element(unsigned operand) const {
  return getElementType(operands[operand].getType());
}
