//===- ElaborateOps.cpp - calling ops -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A call of an op is checked against the op's own table, and the op infers its
// result. What it says is wrong with the operands is told in terms of the
// source.
//
//===----------------------------------------------------------------------===//

#include "frontend/DimProof.h"
#include "frontend/Elaborator.h"
#include "frontend/OpTable.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "support/Text.h"

#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/ADT/StringExtras.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

namespace {
/// An op while its arguments are put together.
struct OpCall {
  mlir::RegisteredOperationName name;
  ArrayRef<ArgumentSpec> signature;
  SourceRange range;
  llvm::SmallVector<const ArgumentValue *> bound = {};
  llvm::SmallVector<mlir::Value> operands = {};
  /// What messages call each operand.
  llvm::SmallVector<std::string> operandNames = {};
  mlir::NamedAttrList attributes = {};
  /// Dims among the attributes, and where they come from.
  llvm::SmallVector<IntValue> dims = {};
  llvm::SmallVector<std::unique_ptr<mlir::Region>> regions = {};
};
} // namespace

/// The constants of a list.
static std::optional<llvm::SmallVector<int64_t>>
constantsOf(const Value &list) {
  llvm::SmallVector<int64_t> numbers;
  for (const Value &element : list.list()) {
    auto constant = element.constant();
    if (!constant)
      return std::nullopt;
    numbers.push_back(*constant);
  }
  return numbers;
}

/// The attribute that `value` stands for, or null and what was expected.
static mlir::Attribute toAttribute(const ArgumentSpec &spec, const Value &value,
                                   mlir::MLIRContext *context,
                                   std::string &expected) {
  mlir::Builder builder(context);
  StringRef type = StringRef(spec.type).trim();
  if (spec.keywords) {
    const KeywordTable &table = spec.keywords();
    expected = "one of the words ";
    for (auto [i, word] : llvm::enumerate(table.words))
      expected += (i ? ", \"" : "\"") + word.str() + "\"";
    return value.is(Value::Kind::String) ? table.parse(context, value.string())
                                         : mlir::Attribute();
  }
  if (type == "::mlir::FloatAttr") {
    expected = "a float";
    auto number = value.number();
    return number ? builder.getF64FloatAttr(*number) : mlir::Attribute();
  }
  if (type == "::mlir::IntegerAttr") {
    expected = "an integer known when the model is built";
    auto constant = value.constant();
    return constant ? builder.getI64IntegerAttr(*constant) : mlir::Attribute();
  }
  if (type == "::mlir::BoolAttr") {
    expected = "a bool";
    return value.is(Value::Kind::Bool) ? builder.getBoolAttr(value.boolean())
                                       : mlir::Attribute();
  }
  if (type == "::mlir::StringAttr") {
    expected = "a string";
    return value.is(Value::Kind::String) ? builder.getStringAttr(value.string())
                                         : mlir::Attribute();
  }
  if (type == "::mlir::TypeAttr") {
    expected = "an element type";
    return value.is(Value::Kind::ElementType)
               ? mlir::TypeAttr::get(value.elementType())
               : mlir::Attribute();
  }
  if (type == "::mlir::DenseI64ArrayAttr") {
    expected = "a list of integers known when the model is built";
    auto numbers =
        value.is(Value::Kind::List) ? constantsOf(value) : std::nullopt;
    return numbers ? builder.getDenseI64ArrayAttr(*numbers) : mlir::Attribute();
  }
  if (type == "::tenon::DimAttr") {
    expected = "an integer";
    return value.isInt() ? value.dim() : mlir::Attribute();
  }
  if (type == "::tenon::DimsAttr") {
    expected = "a list of integers";
    if (!value.is(Value::Kind::List))
      return {};
    llvm::SmallVector<DimAttr> dims;
    for (const Value &element : value.list()) {
      if (!element.isInt())
        return {};
      dims.push_back(element.dim());
    }
    return DimsAttr::get(context, dims);
  }
  if (type == "::mlir::TypedAttr") {
    expected = "a number of some type, f32(0) say";
    if (value.is(Value::Kind::Bool))
      return builder.getBoolAttr(value.boolean());
    if (value.is(Value::Kind::Float) && value.as<FloatValue>().type)
      return builder.getFloatAttr(value.as<FloatValue>().type,
                                  value.as<FloatValue>().value);
    if (value.constant() && value.integer().type)
      return builder.getIntegerAttr(value.integer().type, *value.constant());
    return {};
  }
  expected = "nothing that the language can say";
  return {};
}

/// Counts negative axes from the back: the IR counts from the front.
static mlir::Attribute fromFront(const ArgumentSpec &spec,
                                 mlir::Attribute attribute, int64_t rank) {
  auto wrap = [&](int64_t axis) { return axis < 0 ? axis + rank : axis; };
  mlir::Builder builder(attribute.getContext());
  if (spec.name == "axis")
    if (auto axis = mlir::dyn_cast<mlir::IntegerAttr>(attribute))
      return builder.getI64IntegerAttr(wrap(axis.getInt()));
  if (spec.name == "axes")
    if (auto axes = mlir::dyn_cast<mlir::DenseI64ArrayAttr>(attribute))
      return builder.getDenseI64ArrayAttr(
          llvm::map_to_vector(axes.asArrayRef(), wrap));
  return attribute;
}

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

/// Finds the argument of each entry of the signature.
static bool bindSignature(Elaborator &elaborator, OpCall &call,
                          const ArgumentValues &arguments) {
  ArrayRef<ArgumentSpec> signature = call.signature;
  std::string what = quote(std::string_view(getMnemonic(call.name)));
  call.bound.assign(signature.size(), nullptr);
  size_t position = 0;
  for (const ArgumentValue &argument : arguments) {
    size_t slot = 0;
    if (argument.name) {
      std::vector<std::string> known;
      const auto *it = llvm::find_if(signature, [&](const ArgumentSpec &spec) {
        if (!takesCaptures(signature, spec))
          known.push_back(spec.name.str());
        return spec.name == argument.name.name &&
               !takesCaptures(signature, spec);
      });
      if (it == signature.end()) {
        elaborator
            .error(argument.name.range,
                   what + " has no parameter '" + argument.name.name + "'")
            .suggest(argument.name.name, known);
        return false;
      }
      slot = it - signature.begin();
    } else {
      while (position < signature.size() &&
             takesCaptures(signature, signature[position]))
        ++position;
      if (position == signature.size()) {
        elaborator.error(argument.range, "too many arguments for " + what);
        return false;
      }
      slot = position++;
    }
    if (call.bound[slot]) {
      elaborator.error(argument.range,
                       "'" + signature[slot].name + "' is given twice");
      return false;
    }
    call.bound[slot] = &argument;
  }
  for (auto [spec, argument] : llvm::zip(signature, call.bound)) {
    bool needed = spec.kind == ArgumentSpec::Region || !spec.optional;
    if (!argument && needed) {
      elaborator.error(call.range, what + " needs '" + spec.name + "'")
          .help("nothing has a hidden default: write " + spec.name + " = ...");
      return false;
    }
  }
  return true;
}

static bool addOperands(Elaborator &elaborator, OpCall &call) {
  auto add = [&](const Value &value, SourceRange range,
                 const std::string &name) {
    mlir::Value operand = elaborator.materialize(value, range);
    if (!operand)
      return false;
    // Shape rules multiply dims: keep the products short.
    constexpr size_t maxTerms = 2000;
    size_t terms = 1;
    for (DimAttr dim : getDims(operand))
      terms = std::min(terms * countTerms(dim), maxTerms + 1);
    if (terms > maxTerms) {
      elaborator.error(range, "the shape of this tensor is too complicated");
      return false;
    }
    call.operands.push_back(operand);
    call.operandNames.push_back(name);
    return true;
  };
  for (auto [spec, argument] : llvm::zip(call.signature, call.bound)) {
    if (spec.kind == ArgumentSpec::Attribute ||
        spec.kind == ArgumentSpec::Region || !argument)
      continue;
    const Value &value = argument->value;
    std::string name = spec.name.str();
    if (spec.kind == ArgumentSpec::OptionalOperand && value.isNone())
      continue;
    if (spec.kind != ArgumentSpec::VariadicOperand) {
      if (!add(value, argument->range, name))
        return false;
      continue;
    }
    if (!value.is(Value::Kind::List)) {
      elaborator.error(argument->range,
                       "'" + name + "' takes a list of tensors");
      return false;
    }
    for (auto [i, element] : llvm::enumerate(value.list()))
      if (!add(element, argument->range, concat(name, "[", i, "]")))
        return false;
  }
  return true;
}

static bool addAttributes(Elaborator &elaborator, OpCall &call) {
  int64_t rank = 0;
  if (!call.operands.empty())
    rank = getDims(call.operands.front()).size();
  for (auto [spec, argument] : llvm::zip(call.signature, call.bound)) {
    if (spec.kind != ArgumentSpec::Attribute || !argument)
      continue;
    const Value &value = argument->value;
    if (spec.optional && value.isNone())
      continue;
    std::string expected;
    mlir::Attribute attribute =
        toAttribute(spec, value, &elaborator.mlirContext(), expected);
    if (!attribute) {
      Diagnostic &diagnostic = elaborator.error(
          argument->range,
          "'" + spec.name + "' is " +
              (value.is(Value::Kind::String) ? elaborator.toText(value)
                                             : describe(value.kind()).str()) +
              ", not " + expected);
      if (spec.keywords && value.is(Value::Kind::String)) {
        std::vector<std::string> words;
        for (StringRef word : spec.keywords().words)
          words.push_back(word.str());
        diagnostic.suggest(value.string(), words);
      }
      return false;
    }
    if (auto shape = mlir::dyn_cast<DimsAttr>(attribute);
        shape && call.operands.empty())
      rank = shape.getDims().size();
    call.attributes.set(spec.name, fromFront(spec, attribute, rank));
    if (value.isInt())
      call.dims.push_back(value.integer());
    if (value.is(Value::Kind::List))
      for (const Value &element : value.list())
        if (element.isInt())
          call.dims.push_back(element.integer());
  }
  return true;
}

static bool addRegions(Elaborator &elaborator, OpCall &call) {
  unsigned index = 0;
  for (auto [spec, argument] : llvm::zip(call.signature, call.bound)) {
    if (spec.kind != ArgumentSpec::Region)
      continue;
    call.regions.push_back(std::make_unique<mlir::Region>());
    llvm::SmallVector<mlir::Value> captures;
    if (!elaborator.buildRegion(call.name, index++, argument->value,
                                call.operands, argument->range,
                                *call.regions.back(), captures))
      return false;
    for (mlir::Value capture : captures) {
      call.operands.push_back(capture);
      call.operandNames.push_back("a captured tensor");
    }
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

/// Tells what the op's inference found wrong, in terms of the source.
static void explain(Elaborator &elaborator, const OpCall &call,
                    mlir::Diagnostic &diagnostic) {
  Diagnostic &told = elaborator.error(call.range, diagnostic.str());
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    auto reference = dimReference(note.getLocation());
    if (!reference || reference->first >= call.operands.size()) {
      told.help(note.str());
      continue;
    }
    auto [operand, axis] = *reference;
    mlir::Value value = call.operands[operand];
    llvm::SmallVector<DimAttr> dims = getDims(value);
    ArrayRef<SourceRange> from = elaborator.originsOf(value);
    told.note(axis < from.size() ? from[axis] : SourceRange(),
              "axis " + Twine(axis) + " of '" + call.operandNames[operand] +
                  "' is " + (axis < dims.size() ? dims[axis].str() : "?"));
  }
}

/// The result types of an op; false after an error.
static bool inferTypes(Elaborator &elaborator, OpCall &call,
                       llvm::SmallVectorImpl<mlir::Type> &types) {
  mlir::MLIRContext *context = &elaborator.mlirContext();
  mlir::Location loc = getStrictLoc(mlir::UnknownLoc::get(context));
  bool explained = false;
  mlir::ScopedDiagnosticHandler handler(context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          explain(elaborator, call, diagnostic);
                                          explained = true;
                                          return mlir::success();
                                        });
  // An op without results carries operands and attributes to the inference.
  mlir::OperationState state(loc, call.name);
  state.addOperands(call.operands);
  state.attributes = call.attributes;
  mlir::Operation *probe = mlir::Operation::create(state);
  auto *interface = call.name.getInterface<mlir::InferTypeOpInterface>();
  mlir::LogicalResult inferred = mlir::success();
  if (interface)
    inferred = interface->inferReturnTypes(
        context, loc, probe->getOperands(),
        probe->getDiscardableAttrDictionary(), probe->getPropertiesStorage(),
        probe->getRegions(), types);
  probe->destroy();
  if (mlir::failed(inferred) && !explained)
    elaborator.error(call.range, "these operands don't fit '" +
                                     getMnemonic(call.name) + "'");
  return mlir::succeeded(inferred);
}

/// A dim of a result is an operand's, one that an attribute gives, or the op's
/// own.
static llvm::SmallVector<SourceRange>
findOrigins(Elaborator &elaborator, const OpCall &call, mlir::Type type) {
  llvm::SmallVector<SourceRange> from;
  for (auto [axis, dim] : llvm::enumerate(getDims(type))) {
    SourceRange origin;
    auto consider = [&](mlir::Value operand, size_t at) {
      llvm::SmallVector<DimAttr> dims = getDims(operand);
      ArrayRef<SourceRange> known = elaborator.originsOf(operand);
      if (!origin && at < dims.size() && at < known.size() && dims[at] == dim)
        origin = known[at];
    };
    for (mlir::Value operand : call.operands)
      consider(operand, axis);
    for (mlir::Value operand : call.operands)
      for (size_t at = 0; at < getDims(operand).size(); ++at)
        consider(operand, at);
    for (const IntValue &given : call.dims)
      if (!origin && given.dim == dim)
        origin = given.origin;
    from.push_back(origin ? origin : call.range);
  }
  return from;
}

/// What the constraint of an operand says in the dialect's words, in those of
/// the language.
static std::string elementWords(StringRef constraint) {
  constraint.consume_front("tensor of ");
  constraint = constraint.split(" values").first;
  std::vector<std::string> words;
  for (StringRef type : llvm::split(constraint, " or ")) {
    if (type == "1-bit signless integer")
      words.push_back("bool");
    else if (type.consume_back("-bit signless integer"))
      words.push_back("i" + type.str());
    else if (type.consume_back("-bit float"))
      words.push_back("f" + type.str());
    else
      words.push_back(type.consume_front("bfloat16") ? "bf16" : type.str());
  }
  return join(words, ", ");
}

/// Checks what an op declares of its operands; the shapes have been inferred.
static bool verifyOp(Elaborator &elaborator, const OpCall &call,
                     mlir::Operation *op) {
  mlir::ScopedDiagnosticHandler handler(
      op->getContext(), [&](mlir::Diagnostic &diagnostic) {
        std::string text = diagnostic.str();
        StringRef rest = StringRef(text).split(" op ").second;
        unsigned index;
        if (!rest.consume_front("operand #") ||
            rest.consumeInteger(10, index) || index >= call.operands.size()) {
          elaborator.error(call.range, rest.empty() ? text : rest.str());
          return;
        }
        mlir::Type type = call.operands[index].getType();
        StringRef wanted = rest.split(" must be ").second;
        std::string what = "'" + call.operandNames[index] + "' of '" +
                           getMnemonic(call.name).str() + "' ";
        if (mlir::isa<StateType>(type))
          elaborator.error(call.range, what + "is a state, not a tensor")
              .help("attention, state_append and state_write take states");
        else
          elaborator.error(call.range,
                           what + "has elements of type " +
                               elaborator.toText(Value(getElementType(type))) +
                               ", not " +
                               elementWords(wanted.split(", but got").first));
      });
  return mlir::succeeded(mlir::verify(op));
}

Value Elaborator::callOp(mlir::RegisteredOperationName name,
                         const ArgumentValues &arguments, SourceRange range) {
  if (!entry)
    return fail(range, "ops run inside entries only: this is evaluated when "
                       "the modules are put together");
  if (!spend(range, 100))
    return Value();
  OpCall call{name, getSignature(name), range};
  llvm::SmallVector<mlir::Type> types;
  if (!bindSignature(*this, call, arguments) || !addOperands(*this, call) ||
      !addAttributes(*this, call) || !addRegions(*this, call) ||
      !inferTypes(*this, call, types))
    return Value();

  // What computes on elements belongs to the region that is being built; on
  // tensors, before the op that has the region.
  auto isScalar = [](mlir::Type type) {
    return !mlir::isa<mlir::RankedTensorType, StateType>(type);
  };
  bool inside = inRegion() &&
                (llvm::any_of(types, isScalar) ||
                 llvm::any_of(mlir::TypeRange(mlir::ValueRange(call.operands)),
                              isScalar));
  if (!inRegion() && llvm::any_of(types, isScalar))
    return fail(range, "single elements exist only inside functions that work "
                       "on elements");
  if (inside && !captureOperands(call.operands, range))
    return Value();
  mlir::OperationState state(makeLoc(name.getStringRef(), range), name);
  state.addOperands(call.operands);
  state.addTypes(types);
  state.attributes = call.attributes;
  for (auto &region : call.regions)
    state.addRegion(std::move(region));
  mlir::OpBuilder &builder = inside ? regions.back()->builder : entry->builder;
  mlir::Operation *op = builder.create(state);
  if (!verifyOp(*this, call, op)) {
    op->erase();
    return Value();
  }
  for (mlir::Value result : op->getResults())
    setOrigins(result, findOrigins(*this, call, result.getType()));
  if (op->getNumResults() == 1)
    return Value(op->getResult(0));
  std::vector<Value> results;
  for (mlir::Value result : op->getResults())
    results.emplace_back(result);
  return results.empty() ? Value(NoneValue()) : Value(std::move(results));
}
