//===- Checkpoint.cpp - the weights of a model ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Checkpoint.h"

#include "dialect/TenonOps.h"
#include "support/Text.h"

#include <filesystem>

using namespace tenon;
namespace fs = std::filesystem;

static constexpr llvm::StringLiteral singleFile = "model.safetensors";

Result<Checkpoint> Checkpoint::open(const std::string &path) {
  std::error_code ignored;
  fs::path file = path;
  if (fs::is_directory(file, ignored)) {
    fs::path folder = file;
    file = folder / singleFile.str();
    if (!fs::exists(file, ignored))
      file = folder / (singleFile + ".index.json").str();
    if (!fs::exists(file, ignored)) {
      Status missing = Status::invalid(
          path, concat("there is no ", std::string_view(singleFile),
                       " and no index of shards"));
      for (const char *pickled :
           {"pytorch_model.bin", "pytorch_model.bin.index.json"})
        if (fs::exists(folder / pickled, ignored))
          return std::move(missing)
              .note(concat(pickled, " is a Python pickle, which can run any "
                                    "code and isn't read"))
              .help("convert it once with transformers: "
                    "AutoModel.from_pretrained(DIR).save_pretrained(DIR, "
                    "safe_serialization=True), with the class that config.json "
                    "names in `architectures`");
      return missing;
    }
  }
  auto opened = file.extension() == ".json"
                    ? ShardedSafetensors::openIndex(file.string())
                    : ShardedSafetensors::openFile(file.string());
  if (!opened)
    return opened.takeStatus();
  Checkpoint checkpoint(file.string());
  checkpoint.shards.push_back(std::move(*opened));
  return checkpoint;
}

std::vector<Checkpoint::File> Checkpoint::hashFiles() const {
  std::vector<File> files;
  for (const ShardedSafetensors &shard : shards)
    for (const auto &file : shard.files()) {
      auto mapped = MappedFile::open(file->path());
      files.push_back(
          {file->path(), mapped ? hash128(mapped->bytes()) : Hash128()});
    }
  return files;
}

Status Checkpoint::checkUnchanged() const {
  for (const ShardedSafetensors &shard : shards)
    for (const auto &file : shard.files())
      TENON_RETURN_IF_ERROR(file->checkUnchanged());
  return Status::ok();
}

Result<Checkpoint> Checkpoint::reopen(mlir::ModuleOp module) {
  auto files = module->getAttrOfType<mlir::ArrayAttr>("tenon.checkpoint");
  if (!files)
    return Status::invalid("tenon.checkpoint",
                           "the module doesn't say where its weights are");
  Checkpoint checkpoint("the checkpoint");
  for (mlir::Attribute attribute : files) {
    auto entry = mlir::dyn_cast<mlir::DictionaryAttr>(attribute);
    auto path = entry ? entry.getAs<mlir::StringAttr>("file") : nullptr;
    auto hash = entry ? entry.getAs<mlir::StringAttr>("hash") : nullptr;
    if (!path || !hash)
      return Status::invalid("tenon.checkpoint",
                             "expected entries with a file and its hash");
    TENON_ASSIGN_OR_RETURN(ShardedSafetensors shard,
                           ShardedSafetensors::openFile(path.str()));
    checkpoint.shards.push_back(std::move(shard));
    TENON_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path.str()));
    if (hash128(mapped.bytes()).toString() != hash.str())
      return Status::invalid(path.str(),
                             "has changed since the module was made");
  }
  return checkpoint;
}

const Checkpoint::Tensor *Checkpoint::find(llvm::StringRef name) const {
  for (const ShardedSafetensors &shard : shards)
    if (const Tensor *tensor = shard.find(std::string_view(name)))
      return tensor;
  return nullptr;
}

mlir::Type Checkpoint::elementType(mlir::MLIRContext *context,
                                   SafetensorsType type) {
  mlir::Builder builder(context);
  switch (type) {
  case SafetensorsType::Bool:
    return builder.getI1Type();
  case SafetensorsType::I8:
    return builder.getI8Type();
  case SafetensorsType::I32:
    return builder.getI32Type();
  case SafetensorsType::I64:
    return builder.getI64Type();
  case SafetensorsType::F16:
    return builder.getF16Type();
  case SafetensorsType::BF16:
    return builder.getBF16Type();
  case SafetensorsType::F32:
    return builder.getF32Type();
  default:
    return {};
  }
}

mlir::FailureOr<StoredTensor> Checkpoint::findWeight(WeightOp weight) const {
  const Tensor *tensor = find(weight.getPath());
  if (!tensor)
    return weight.emitOpError() << "isn't in " << source;
  mlir::Type element = elementType(weight.getContext(), tensor->info->type);
  if (!element)
    return weight.emitOpError() << "is stored as a type that isn't supported";
  auto type = mlir::RankedTensorType::get(tensor->info->shape, element);
  if (type != weight.getResult().getType())
    return weight.emitOpError() << "is stored as " << type;
  return StoredTensor{reinterpret_cast<const char *>(tensor->data().data()),
                      type};
}

mlir::FailureOr<HostTensor> Checkpoint::readWeight(WeightOp weight) const {
  auto stored = findWeight(weight);
  if (mlir::failed(stored))
    return mlir::failure();
  const Tensor *tensor = find(weight.getPath());
  return HostTensor::fromBytes(
      stored->type.getElementType(), stored->type.getShape(),
      {stored->data, static_cast<size_t>(tensor->info->size)});
}
