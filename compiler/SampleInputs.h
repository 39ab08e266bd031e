//===- SampleInputs.h - inputs to try a model with --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_SAMPLEINPUTS_H
#define TENON_COMPILER_SAMPLEINPUTS_H

#include "dialect/Evaluator.h"
#include "runtime/Session.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <random>

namespace tenon {

/// Dims such that every entry can be called: in round 0 the smallest, then at
/// random; small, since evaluation is slow.
SymbolValues chooseDims(mlir::ModuleOp module, unsigned round,
                        std::mt19937_64 &random);

/// Tensors that are given to an entry together.
class SampleInputs {
public:
  /// Random values for the inputs of an entry: ids in their range, masks of
  /// ones and zeros, numbers around zero.
  static Result<SampleInputs> make(mlir::ModuleOp module,
                                   mlir::func::FuncOp entry,
                                   const SymbolValues &dims,
                                   std::mt19937_64 &random);

  void add(std::string name, format::DType type, std::vector<int64_t> shape,
           std::vector<char> bytes);

  /// They point into this object.
  std::vector<runtime::InputTensor> tensors() const;

  std::string origin; ///< A file or its line, for errors; empty if random.

private:
  struct Input {
    std::string name;
    format::DType type;
    std::vector<int64_t> shape;
    std::vector<char> bytes;
  };
  std::vector<Input> inputs_;
};

/// A state whose rows hold random numbers, as many as an entry's types say;
/// null if it has no states.
Result<std::unique_ptr<runtime::State>>
makeSampleState(runtime::Session &session, mlir::ModuleOp module,
                mlir::func::FuncOp entry, const SymbolValues &dims,
                std::mt19937_64 &random);

/// The path of a file that goes with this object.
class TemporaryArtifact {
public:
  TemporaryArtifact();
  ~TemporaryArtifact();
  TemporaryArtifact(const TemporaryArtifact &) = delete;
  TemporaryArtifact &operator=(const TemporaryArtifact &) = delete;

  const std::string &path() const { return path_; }

private:
  std::string path_;
};

} // namespace tenon

#endif // TENON_COMPILER_SAMPLEINPUTS_H
