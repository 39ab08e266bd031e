//===- Weights.cpp - where constants get their data -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Weights.h"

#include "dialect/Types.h"

using namespace tenon;
using namespace mlir;

static constexpr StringLiteral foldedPrefix = "folded/";

FailureOr<HostTensor> Weights::read(WeightOp weight) const {
  if (auto it = folded.find(weight.getPath().str()); it != folded.end())
    return HostTensor::fromBytes(it->second.type.getElementType(),
                                 it->second.type.getShape(), *it->second.bytes);
  if (!checkpoint)
    return weight.emitOpError("no checkpoint is given");
  return checkpoint->readWeight(weight);
}

FailureOr<StoredTensor> Weights::find(WeightOp weight) const {
  if (auto it = folded.find(weight.getPath().str()); it != folded.end())
    return StoredTensor{it->second.bytes->data(), it->second.type};
  if (!checkpoint)
    return weight.emitOpError("no checkpoint is given");
  return checkpoint->findWeight(weight);
}

LogicalResult Weights::evaluateGlobals(ModuleOp module) {
  EvaluateContext context(module);
  context.readWeight = [&](WeightOp weight) { return read(weight); };
  for (auto global : module.getOps<GlobalOp>()) {
    Block &body = global.getBody().front();
    auto yield = cast<YieldOp>(body.getTerminator());
    if (canStream(yield.getOperand(0)))
      continue;
    auto values = context.runBlock(body, {});
    if (failed(values))
      return failure();
    std::string path = (foldedPrefix + global.getSymName()).str();
    auto type = cast<RankedTensorType>(global.getType());
    folded[path] = {type, std::make_shared<const std::vector<char>>(
                              values->front().toBytes())};
    OpBuilder builder(yield);
    Value weight = WeightOp::create(builder, global.getLoc(), type, path);
    yield.setOperand(0, weight);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (op.use_empty() && &op != yield)
        op.erase();
  }
  return success();
}

format::ConstantSource Weights::sourceOf(GlobalOp global) const {
  auto type = cast<RankedTensorType>(global.getType());
  Value value = global.getBody().front().getTerminator()->getOperand(0);
  int64_t width = byteWidth(type.getElementType());
  // Pieces are runs of rows along the first axis.
  ArrayRef<int64_t> shape = type.getShape();
  int64_t row =
      shape.empty() ? width : countElements(shape.drop_front()) * width;
  format::ConstantSource source;
  source.granule = std::max<int64_t>(row, 1);
  source.read = [this, value, type, row](uint64_t begin,
                                         std::span<uint8_t> out) -> Status {
    Tile tile{SmallVector<int64_t>(type.getRank(), 0),
              llvm::to_vector(type.getShape())};
    if (type.getRank() > 0 && row > 0) {
      tile.offsets[0] = begin / row;
      tile.sizes[0] = out.size() / row;
    }
    StreamContext context([this](WeightOp weight) { return find(weight); });
    if (failed(context.read(value, tile, out.data())))
      return Status::internal("weights", "a constant can't be produced");
    return Status::ok();
  };
  return source;
}

bool Weights::areEqual(GlobalOp global, const Weights &others,
                       GlobalOp other) const {
  if (global.getType() != other.getType() ||
      !OperationEquivalence::isRegionEquivalentTo(
          &global.getBody(), &other.getBody(),
          OperationEquivalence::IgnoreLocations))
    return false;
  // Of computed tensors, the text has but the name.
  auto areSame = [&](WeightOp weight) {
    auto mine = folded.find(weight.getPath().str());
    auto theirs = others.folded.find(weight.getPath().str());
    if (mine == folded.end() || theirs == others.folded.end())
      return mine == folded.end() && theirs == others.folded.end() &&
             checkpoint == others.checkpoint;
    return mine->second.bytes == theirs->second.bytes ||
           *mine->second.bytes == *theirs->second.bytes;
  };
  return !global.getBody()
              .walk([&](WeightOp weight) {
                return areSame(weight) ? WalkResult::advance()
                                       : WalkResult::interrupt();
              })
              .wasInterrupted();
}

//===----------------------------------------------------------------------===//
// The sidecar of a dump
//===----------------------------------------------------------------------===//

static SafetensorsType storedType(Type type) {
  if (type.isF32())
    return SafetensorsType::F32;
  if (type.isF16())
    return SafetensorsType::F16;
  if (type.isBF16())
    return SafetensorsType::BF16;
  if (type.isInteger(64))
    return SafetensorsType::I64;
  if (type.isInteger(32))
    return SafetensorsType::I32;
  if (type.isInteger(8))
    return SafetensorsType::I8;
  return SafetensorsType::Bool;
}

Status Weights::saveFolded(const std::string &path) const {
  SafetensorsWriter writer;
  for (const auto &[name, tensor] : folded)
    writer.add(
        name, storedType(tensor.type.getElementType()),
        std::vector<int64_t>(tensor.type.getShape()),
        std::span(reinterpret_cast<const uint8_t *>(tensor.bytes->data()),
                  tensor.bytes->size()));
  return writer.write(path);
}

Status Weights::loadFolded(const std::string &path, MLIRContext *context) {
  TENON_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::open(path));
  for (const SafetensorsInfo &info : file.tensors()) {
    Type element = Checkpoint::elementType(context, info.type);
    if (!element)
      return Status::invalid(path, "tensor " + info.name +
                                       " has a type that "
                                       "no dump has");
    auto bytes = file.data(info);
    folded[info.name] = {
        RankedTensorType::get(info.shape, element),
        std::make_shared<const std::vector<char>>(bytes.begin(), bytes.end())};
  }
  return Status::ok();
}
