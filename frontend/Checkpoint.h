//===- Checkpoint.h - the weights of a model --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The safetensors files of a checkpoint, mapped: what `tenon.weight` ops name.
// Nothing is copied until it is read.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_CHECKPOINT_H
#define TENON_FRONTEND_CHECKPOINT_H

#include "dialect/Evaluator.h"
#include "dialect/Stream.h"
#include "support/Hash.h"
#include "support/ShardedSafetensors.h"

namespace tenon {

class Checkpoint {
public:
  /// Opens a `.safetensors` file, an index of shards (`.json`), or a folder
  /// with `model.safetensors` or its index.
  static Result<Checkpoint> open(const std::string &path);

  /// A file and the hash of its contents.
  struct File {
    std::string path;
    Hash128 hash;
  };
  /// Reads every file once.
  std::vector<File> hashFiles() const;
  /// Fails if a file has changed since it was opened.
  Status checkUnchanged() const;
  /// Opens the files of a dumped module's `tenon.checkpoint` attribute; fails
  /// if one has changed since.
  static Result<Checkpoint> reopen(mlir::ModuleOp module);

  using Tensor = ShardedSafetensors::Entry;
  const std::map<std::string, Tensor, std::less<>> &tensors() const {
    return shards.front().tensors();
  }
  const Tensor *find(llvm::StringRef name) const;
  /// What messages call the checkpoint.
  const std::string &path() const { return source; }

  /// The type of a stored tensor's elements; null if no op takes it.
  static mlir::Type elementType(mlir::MLIRContext *context,
                                SafetensorsType type);

  /// A tensor of a `tenon.weight`, in place; with an error if it isn't there.
  mlir::FailureOr<StoredTensor> findWeight(WeightOp weight) const;
  mlir::FailureOr<HostTensor> readWeight(WeightOp weight) const;

private:
  explicit Checkpoint(std::string source) : source(std::move(source)) {}

  std::string source;
  /// One, or one a file when they were reopened.
  std::vector<ShardedSafetensors> shards;
};

} // namespace tenon

#endif // TENON_FRONTEND_CHECKPOINT_H
