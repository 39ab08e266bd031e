//===- SampleInputs.cpp - inputs to try a model with ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/SampleInputs.h"

#include "compiler/PlanWriter.h"
#include "dialect/CompareHolds.h"
#include "dialect/HostTensor.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"

using namespace tenon;
using namespace mlir;

TemporaryArtifact::TemporaryArtifact() {
  llvm::SmallString<128> path;
  (void)llvm::sys::fs::createTemporaryFile("tenon-verify", "tenon", path);
  path_ = path.str();
}

TemporaryArtifact::~TemporaryArtifact() { llvm::sys::fs::remove(path_); }

/// A random value for an input: ids in their range, masks of ones and zeros,
/// numbers around zero.
static HostTensor makeInput(Type element, ArrayRef<int64_t> shape,
                            DictionaryAttr attributes,
                            std::mt19937_64 &random) {
  HostTensor tensor(element, shape);
  auto range = attributes.getAs<DenseI64ArrayAttr>("tenon.range");
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<int64_t> ids(range ? range[0] : 0,
                                             range ? range[1] : 1);
  std::bernoulli_distribution mostly(0.8);
  for (int64_t i = 0; i < tensor.numElements(); ++i) {
    if (tensor.isFloat())
      tensor.set(i, normal(random));
    else if (range)
      tensor.setInteger(i, ids(random));
    else
      tensor.setInteger(i, mostly(random));
  }
  return tensor;
}

/// The symbols in what entries require of dims but doesn't hold; none if every
/// entry can be called.
static llvm::StringSet<> findMisfits(ModuleOp module,
                                     const SymbolValues &dims) {
  llvm::StringSet<> misfits;
  module.walk([&](RequireOp require) {
    llvm::StringSet<> read;
    auto lookup = [&](StringRef symbol) -> std::optional<int64_t> {
      read.insert(symbol);
      auto it = dims.find(symbol);
      return it == dims.end() ? std::nullopt : std::optional(it->second);
    };
    auto left = evaluateDim(require.getLeft(), lookup);
    auto right = evaluateDim(require.getRight(), lookup);
    if (!left || !right || !holds(require.getKind(), *left, *right))
      misfits.insert_range(read.keys());
  });
  return misfits;
}

static SymbolValues drawDims(ModuleOp module, unsigned round,
                             std::mt19937_64 &random) {
  SymbolValues dims;
  for (auto symbol : module.getOps<SymbolOp>()) {
    // Evaluation in double is slow: sizes stay small, and odd.
    int64_t high = std::min<int64_t>(symbol.getMax(), 40);
    int64_t low = std::min<int64_t>(symbol.getMin(), high);
    std::uniform_int_distribution<int64_t> size(low, high);
    dims[symbol.getSymName()] = round == 0 ? low : size(random);
  }
  return dims;
}

SymbolValues tenon::chooseDims(ModuleOp module, unsigned round,
                               std::mt19937_64 &random) {
  SymbolValues dims;
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    dims = drawDims(module, attempt == 0 ? round : 1, random);
    if (findMisfits(module, dims).empty())
      return dims;
  }
  // No small sizes go together: what is required speaks of the usual ones.
  for (llvm::StringSet<> usual, misfits = findMisfits(module, dims);
       !misfits.empty() && usual.size() < dims.size();
       misfits = findMisfits(module, dims)) {
    size_t before = usual.size();
    usual.insert_range(misfits.keys());
    if (usual.size() == before)
      break;
    for (auto symbol : module.getOps<SymbolOp>())
      if (usual.contains(symbol.getSymName()))
        dims[symbol.getSymName()] = symbol.getTypical();
  }
  return dims;
}

Result<std::unique_ptr<runtime::State>>
tenon::makeSampleState(runtime::Session &session, ModuleOp module,
                       func::FuncOp entry, const SymbolValues &dims,
                       std::mt19937_64 &random) {
  EvaluateContext context(module);
  context.symbols = dims;
  std::unique_ptr<runtime::State> state;
  const runtime::Plan &plan = session.plan();
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes())) {
    auto stateType = dyn_cast<StateType>(type);
    if (!stateType)
      continue;
    auto shape = context.shape(entry.getLoc(), type);
    if (failed(shape))
      return Status::internal(entry.getName().str(), "has an unbound dim");
    std::string name =
        entry.getArgAttrOfType<StringAttr>(i, "tenon.name").str();
    if (!state)
      state = session.createState(shape->front());
    for (const format::State &known : plan.states()) {
      if (plan.text(known.name) != name)
        continue;
      std::string_view dim = plan.text(
          plan.symbols()[plan.stateGroups()[known.group].symbol].name);
      int64_t length = (*shape)[stateType.getAxis()];
      for (size_t row = 0; row < state->rows(); ++row) {
        if (row == 0)
          TENON_RETURN_IF_ERROR(
              state->extend(length - state->length(0, dim), dim));
        SmallVector<int64_t> rowShape(shape->begin() + 1, shape->end());
        HostTensor contents = makeInput(getElementType(type), rowShape,
                                        entry.getArgAttrDict(i), random);
        TENON_RETURN_IF_ERROR(state->write(name, row, contents.toBytes()));
      }
    }
  }
  return state;
}

Result<SampleInputs> SampleInputs::make(ModuleOp module, func::FuncOp entry,
                                        const SymbolValues &dims,
                                        std::mt19937_64 &random) {
  EvaluateContext context(module);
  context.symbols = dims;
  SampleInputs inputs;
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes())) {
    if (isa<StateType>(type))
      continue;
    auto shape = context.shape(entry.getLoc(), type);
    if (failed(shape))
      return Status::internal(entry.getName().str(), "has an unbound dim");
    DictionaryAttr attributes = entry.getArgAttrDict(i);
    TENON_ASSIGN_OR_RETURN(format::DType dtype, dtypeOf(getElementType(type)));
    inputs.add(
        attributes.getAs<StringAttr>("tenon.name").str(), dtype,
        {shape->begin(), shape->end()},
        makeInput(getElementType(type), *shape, attributes, random).toBytes());
  }
  return inputs;
}

void SampleInputs::add(std::string name, format::DType type,
                       std::vector<int64_t> shape, std::vector<char> bytes) {
  inputs_.push_back(
      {std::move(name), type, std::move(shape), std::move(bytes)});
}

std::vector<runtime::InputTensor> SampleInputs::tensors() const {
  std::vector<runtime::InputTensor> tensors;
  for (const Input &input : inputs_)
    tensors.push_back(
        {input.name, input.type, input.shape, input.bytes.data()});
  return tensors;
}
