//===- ElaborateEntries.cpp - entries become functions --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"

#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "mlir/IR/Verifier.h"

using namespace tenon;
using namespace tenon::arch;

Elaborator::Elaborator(mlir::MLIRContext &context, const Program &program,
                       const ConfigSource &config, const Checkpoint *checkpoint,
                       uint64_t maxSteps)
    : context(context), program(program), diagnostics(program.errors()),
      config(config), checkpoint(checkpoint), stepsLeft(maxSteps) {
  context.loadDialect<TenonDialect, mlir::func::FuncDialect>();
}

/// The entries of a model whose conditions hold.
static void
collectEntries(Elaborator &elaborator, const ModuleBody &body, Scope &scope,
               llvm::SmallVectorImpl<const EntryMember *> &entries) {
  for (const Member *member : body.members) {
    if (auto *entry = llvm::dyn_cast<EntryMember>(member))
      entries.push_back(entry);
    auto *choice = llvm::dyn_cast<IfMember>(member);
    if (!choice)
      continue;
    auto condition = elaborator.evalCondition(choice->condition, scope);
    const ModuleBody *taken = !condition   ? nullptr
                              : *condition ? choice->thenBody
                                           : choice->elseBody;
    if (taken)
      collectEntries(elaborator, *taken, scope, entries);
  }
}

mlir::OwningOpRef<mlir::ModuleOp> Elaborator::run(const Module &model) {
  const Unit &unit = *program.root();
  module = mlir::ModuleOp::create(
      mlir::FileLineColLoc::get(&context, unit.file->name(), 1, 1));
  std::unique_ptr<Instance> root =
      instantiate(model, unit, {}, nullptr, {""}, model.name.range);
  if (!root || diagnostics.any())
    return {};
  bindWeights(*root);
  if (diagnostics.any())
    return {};
  llvm::SmallVector<const EntryMember *> entries;
  collectEntries(*this, *model.body, *root->scope, entries);
  if (entries.empty())
    fail(model.name.range, "model '" + model.name.name + "' has no entry");
  llvm::StringMap<SourceRange> names;
  for (const EntryMember *member : entries) {
    const Identifier &name = member->function->name;
    auto [known, isNew] = names.try_emplace(name.name, name.range);
    if (isNew)
      buildEntry(*member, *root, entries.size() == 1);
    else
      error(name.range, "entry '" + name.name + "' is declared twice")
          .note(known->second, "first here");
  }
  if (!diagnostics.any())
    emitSymbols();
  if (diagnostics.any())
    return {};
  // What is built is right by construction; anything else is a defect of ours.
  std::string problem;
  mlir::ScopedDiagnosticHandler handler(&context,
                                        [&](mlir::Diagnostic &diagnostic) {
                                          if (problem.empty())
                                            problem = diagnostic.str();
                                          return mlir::success();
                                        });
  if (mlir::failed(mlir::verify(*module))) {
    diagnostics.error(Status::internal(
        unit.file->path().str(), "made a graph that is wrong: " + problem));
    return {};
  }
  return std::move(module);
}

void Elaborator::buildEntry(const EntryMember &member, Instance &root,
                            bool alone) {
  const Function &function = *member.function;
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockEnd(module->getBody());
  mlir::Location loc =
      mlir::NameLoc::get(mlir::StringAttr::get(&context, function.name.name),
                         placeOf(function.name.range));
  auto func =
      mlir::func::FuncOp::create(builder, loc, function.name.name,
                                 mlir::FunctionType::get(&context, {}, {}));
  func->setAttr("tenon.entry", builder.getUnitAttr());
  func.addEntryBlock();
  entry = std::make_unique<EntryState>(
      func, alone ? "" : (function.name.name + ":").str());

  Scope *scope = newScope(root.scope);
  scope->isFunction = scope->isEntry = true;
  frames.push_back({function.name.range, &root, /*isEntry=*/true});
  if (bindDims(member, *scope) && addInputs(function, *scope)) {
    statedRequires();
    size_t before = diagnostics.count();
    runBlock(*function.body, *scope);
    if (diagnostics.count() == before)
      finishEntry(*scope);
  }
  frames.pop_back();
  release(scope);
  entry.reset();
  origins.clear();
}

bool Elaborator::bindDims(const EntryMember &member, Scope &scope) {
  for (const DimBinding &binding : member.bindings) {
    auto found = program.find(*scope.unit, binding.name.name);
    if (!found || found.declaration->kind != Declaration::Kind::Dim) {
      fail(binding.name.range, "there is no dim '" + binding.name.name + "'");
      return false;
    }
    auto value = evalConstant(binding.value, scope, "the dim's value");
    if (!value)
      return false;
    if (*value < 0) {
      fail(binding.value->range, "a dim can't be negative");
      return false;
    }
    entry->bindings[found.declaration->as<Dim>()] =
        makeInt(*value, binding.value->range);
  }
  return true;
}

void Elaborator::bindSymbols(ArrayRef<DimAttr> dims) {
  for (DimAttr dim : dims)
    visitSymbols(dim, [&](DimAttr symbol) { entry->bound.insert(symbol); });
}

bool Elaborator::addInputs(const Function &function, Scope &scope) {
  mlir::Block &block = entry->function.getBody().front();
  bool good = true;
  for (const Parameter &parameter : function.parameters) {
    const TypeRef *type = parameter.type;
    if (!type || type->kind != TypeRef::Kind::Tensor || !type->name) {
      fail(parameter.name.range,
           "an input of an entry has a tensor type: i64[B, S] say");
      return false;
    }
    mlir::Type element = evalElement(*type);
    llvm::SmallVector<DimAttr> dims;
    llvm::SmallVector<SourceRange> from;
    if (!element || !evalDims(*type, scope, dims, from))
      return false;
    mlir::Value argument = block.addArgument(
        getTensorType(&context, dims, element), placeOf(parameter.name.range));
    setOrigins(argument, from);
    bindSymbols(dims);
    scope.names.push_back({parameter.name.name, Value(argument)});
    unsigned index = entry->inputs++;
    setArgumentAttr(index, "tenon.name",
                    mlir::StringAttr::get(&context, parameter.name.name));
    if (parameter.fallback)
      good &= setDefault(parameter, index, element, scope);
  }
  return good;
}

void Elaborator::setArgumentAttr(unsigned index, StringRef name,
                                 mlir::Attribute value) {
  // The function's type follows when all arguments are known.
  auto &attributes = entry->argumentAttributes;
  if (attributes.size() <= index)
    attributes.resize(index + 1);
  attributes[index].set(name, value);
}

bool Elaborator::setDefault(const Parameter &parameter, unsigned index,
                            mlir::Type element, Scope &scope) {
  mlir::Builder builder(&context);
  StringRef word;
  if (auto *name = llvm::dyn_cast<NameExpr>(parameter.fallback))
    word = name->name;
  if (word == "iota") {
    setArgumentAttr(index, "tenon.iota", builder.getUnitAttr());
    return true;
  }
  Value value = word == "ones"    ? makeInt(1, parameter.fallback->range)
                : word == "zeros" ? makeInt(0, parameter.fallback->range)
                                  : eval(parameter.fallback, scope);
  if (value.isError())
    return false;
  if (element.isInteger(1) && value.constant())
    value = Value(*value.constant() != 0);
  mlir::TypedAttr fill;
  if (mlir::isa<mlir::FloatType>(element) && value.number())
    fill = builder.getFloatAttr(element, *value.number());
  else if (element.isInteger(1) && value.is(Value::Kind::Bool))
    fill = builder.getBoolAttr(value.boolean());
  else if (!element.isInteger(1) && value.constant())
    fill = builder.getIntegerAttr(element, *value.constant());
  if (!fill) {
    fail(parameter.fallback->range,
         "the default of an input is ones, zeros, iota or a number of its "
         "type");
    return false;
  }
  setArgumentAttr(index, "tenon.fill", fill);
  return true;
}

/// States the requirements of files and modules, as far as they are about dims
/// that the entry knows.
void Elaborator::statedRequires() {
  llvm::SmallVector<std::pair<const RequireStmt *, Scope *>> stated(
      moduleRequires);
  for (const auto &unit : program.units())
    for (const RequireStmt *condition : unit->requires_)
      stated.push_back({condition, &unitScope(*unit)});
  entry->onlyBound = true;
  for (auto [condition, scope] : stated)
    require(*condition, *scope);
  entry->onlyBound = false;
}

/// The symbols that the ops of a function speak of.
static llvm::SetVector<DimAttr> collectSymbols(mlir::func::FuncOp function) {
  llvm::SetVector<DimAttr> symbols;
  auto visit = [&](DimAttr dim) {
    visitSymbols(dim, [&](DimAttr symbol) { symbols.insert(symbol); });
  };
  auto visitType = [&](mlir::Type type) {
    llvm::for_each(getDims(type), visit);
  };
  llvm::for_each(function.getBody().getArgumentTypes(), visitType);
  function.walk([&](mlir::Operation *op) {
    llvm::for_each(op->getResultTypes(), visitType);
    for (mlir::NamedAttribute attribute : op->getAttrs()) {
      if (auto dim = mlir::dyn_cast<DimAttr>(attribute.getValue()))
        visit(dim);
      if (auto dims = mlir::dyn_cast<DimsAttr>(attribute.getValue()))
        llvm::for_each(dims.getDims(), visit);
    }
  });
  return symbols;
}

/// What an entry computes with must be known when it is called.
bool Elaborator::checkSymbols() {
  bool good = true;
  for (DimAttr symbol : collectSymbols(entry->function)) {
    usedSymbols.insert(symbol.str());
    if (entry->bound.contains(symbol))
      continue;
    for (auto &[dim, info] : symbols)
      if (info.name == symbol.getName().getValue())
        error(frames.back().callSite,
              "the entry needs the dim " + info.name +
                  ", but none of its inputs and states has it")
            .note(dim->name.range, "declared here");
    good = false;
  }
  return good;
}

void Elaborator::finishEntry(Scope &scope) {
  if (!checkSymbols())
    return;
  mlir::func::FuncOp func = entry->function;
  mlir::Builder builder(&context);
  llvm::SmallVector<mlir::Value> results;
  llvm::SmallVector<mlir::Attribute> resultNames;
  auto name = [&](StringRef text) {
    resultNames.push_back(builder.getDictionaryAttr(
        builder.getNamedAttr("tenon.name", builder.getStringAttr(text))));
  };
  for (const Identifier &output : entry->outputs) {
    mlir::Value value = materialize(*scope.find(output.name), output.range);
    if (!value)
      return;
    if (!mlir::isa<mlir::RankedTensorType>(value.getType())) {
      fail(output.range, "an output is a tensor");
      return;
    }
    results.push_back(value);
    name(output.name);
  }
  // States in the order of their declaration, the updated ones as results.
  auto uses = llvm::to_vector(entry->states);
  llvm::sort(uses, [](const auto &a, const auto &b) {
    return a.first->order < b.first->order;
  });
  for (auto [i, use] : llvm::enumerate(uses)) {
    auto &[slot, value] = use;
    setArgumentAttr(entry->inputs + i, "tenon.name",
                    builder.getStringAttr(slot->name));
    if (value.current == value.argument)
      continue;
    results.push_back(value.current);
    name(slot->name);
  }
  if (results.empty()) {
    fail(scope.names.empty() ? SourceRange() : frames.back().callSite,
         "the entry has no outputs: assign to a name");
    return;
  }
  mlir::Block &block = func.getBody().front();
  mlir::func::ReturnOp::create(entry->builder, func.getLoc(), results);
  func.setFunctionType(
      mlir::FunctionType::get(&context, block.getArgumentTypes(),
                              mlir::ValueRange(results).getTypes()));
  entry->argumentAttributes.resize(block.getNumArguments());
  llvm::SmallVector<mlir::Attribute> argumentAttrs;
  for (mlir::NamedAttrList &list : entry->argumentAttributes)
    argumentAttrs.push_back(list.getDictionary(&context));
  func.setArgAttrsAttr(builder.getArrayAttr(argumentAttrs));
  func.setResAttrsAttr(builder.getArrayAttr(resultNames));
}

void Elaborator::emitSymbols() {
  mlir::OpBuilder builder = mlir::OpBuilder::atBlockBegin(module->getBody());
  for (auto &[dim, info] : symbols) {
    if (!usedSymbols.count(info.name))
      continue;
    if (module->lookupSymbol(info.name)) {
      fail(dim->name.range, "an entry has the name of this dim, " + info.name);
      continue;
    }
    SymbolOp::create(builder, placeOf(dim->name.range), info.name, info.min,
                     info.max, info.typical, info.late);
  }
}
