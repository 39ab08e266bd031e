//===- PlanWriterImpl.h - launches as a plan --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_PLANWRITERIMPL_H
#define TENON_COMPILER_PLANWRITERIMPL_H

#include "compiler/PlanWriter.h"

#include "dialect/Dims.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tenon::detail {

class PlanWriter {
public:
  PlanWriter(mlir::ModuleOp module, const std::vector<VariantInfo> &variants)
      : module(module), variants(variants) {}

  Result<WrittenPlan> run();

private:
  void writeSymbols();
  Status writeConstants();
  void writeKernels();
  Status writeEntry(mlir::func::FuncOp entry);
  Result<format::PortSpec> writePort(mlir::Type type,
                                     mlir::DictionaryAttr attributes,
                                     const std::string &fallback);
  Status writeLaunch(LaunchOp launch, format::EntrySpec &spec);
  void planWaits(format::EntrySpec &spec);

  /// A state as an entry's value: before or after what the entry puts into it.
  struct StateValue {
    uint32_t state;
    bool after;
  };
  Status writeStates();
  Status writeState(StateType type, llvm::StringRef name);
  Status useStates(mlir::func::FuncOp entry, format::EntrySpec &spec);
  Status pushState(LaunchOp launch, mlir::func::FuncOp kernel, unsigned input,
                   std::vector<format::Arg> &args);
  Status updateState(LaunchOp launch, mlir::func::FuncOp kernel,
                     unsigned output);

  uint32_t node(DimAttr dim);
  std::vector<uint32_t> nodes(llvm::ArrayRef<DimAttr> dims);

  mlir::ModuleOp module;
  const std::vector<VariantInfo> &variants;
  WrittenPlan out;

  llvm::StringMap<uint32_t> symbols, constants, kernels;
  llvm::DenseMap<DimAttr, uint32_t> known;
  llvm::DenseMap<mlir::Value, format::Arg>
      places; ///< Of the current entry's values.

  struct KnownState {
    std::string name;
    StateType type;
    uint32_t group;
  };
  std::vector<KnownState> states;
  llvm::StringMap<uint32_t> stateNumbers;
  llvm::DenseMap<DimAttr, uint32_t> groups; ///< By the dim they grow along.
  llvm::DenseMap<mlir::Value, StateValue>
      stateValues; ///< Of the current entry.
};

} // namespace tenon::detail

#endif // TENON_COMPILER_PLANWRITERIMPL_H
