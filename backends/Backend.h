//===- Backend.h - what a backend's compile half offers ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The driver knows backends through this interface only. Each backend's
// compile/ folder defines `createBackend()` in its own namespace
// (tenon::NAME); CMake collects them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_BACKEND_H
#define TENON_BACKENDS_BACKEND_H

#include "codegen/TuningRecords.h"
#include "dialect/TenonAttributes.h"
#include "runtime/format/ArtifactWriter.h"
#include "support/Hash.h"
#include "support/Status.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"

#include <memory>
#include <string>
#include <vector>

namespace tenon {

/// One way in which an artifact's kernels are compiled.
struct VariantInfo {
  std::string name;
  std::string features; ///< See format::Variant.
};

struct BackendOptions {
  /// Targets by name or file; empty: the backend's own choice.
  std::vector<std::string> targets;
  /// Schedules that override the chosen ones (TOML), or empty.
  std::string scheduleFile;
  /// What the artifact's other backends compile for: the file may be for these
  /// as well.
  std::vector<std::string> otherTargets;
  /// Kinds of arithmetic that the model has besides that of its checkpoint:
  /// `int8`, `bf16`, `fp16`.
  std::vector<std::string> arithmetic;
  /// The one of them that is worth it for its speed only (`--precision`), so
  /// that targets without it don't serve, or empty.
  std::string precision;

  /// Whether the model has a kind of arithmetic.
  bool uses(llvm::StringRef kind) const {
    return llvm::is_contained(arithmetic, kind);
  }
};

/// The forms in which a kernel's code can be looked at.
enum class CodeForm { LlvmIr, Assembly, Object, Ptx, Spirv };

/// All kernels' code, as an artifact carries it.
struct LinkedCode {
  /// A shared object; empty if nothing runs on the host.
  std::string object;
  /// What the device half loads otherwise.
  std::vector<format::ModuleSpec> modules;
};

class Backend {
public:
  virtual ~Backend() = default;

  /// As in `--target`.
  virtual llvm::StringRef name() const = 0;

  /// Whether its code is that of a shared object, which the host's processor
  /// runs: of an artifact's targets, one may be so.
  virtual bool runsOnHost() const { return false; }

  /// Whether options can be followed: an error of the user's, if not.
  virtual Status check(const BackendOptions &options) const {
    auto known = variants(options);
    return known ? Status::ok() : known.takeStatus();
  }
  /// The variants that options ask for, best first.
  virtual Result<std::vector<VariantInfo>>
  variants(const BackendOptions &options) const = 0;

  virtual void registerDialects(mlir::DialectRegistry &registry) const = 0;
  /// For the pass runner.
  virtual void registerPasses() const = 0;

  /// Fails with a diagnostic if a kernel of `module` (at phase `kernels`) holds
  /// what this backend has no code for.
  virtual mlir::LogicalResult
  checkKernels(mlir::ModuleOp /*module*/,
               const BackendOptions & /*options*/) const {
    return mlir::success();
  }

  /// Whether it has code for `tenon.attention` of codes.
  virtual bool codesAttention() const { return false; }
  /// Right before addPreparePasses: what a schedule file says of constants.
  virtual void addLayoutPasses(mlir::OpPassManager & /*manager*/,
                               const BackendOptions & /*options*/) const {}
  /// Before fusion: constants brought into the form that kernels read.
  virtual void addPreparePasses(mlir::OpPassManager &manager) const = 0;
  /// On outlined kernels: emitters, tiles, pitches.
  virtual void addSchedulePasses(mlir::OpPassManager &manager,
                                 const BackendOptions &options) const = 0;
  /// Schedules that may be faster than `schedule`, for a kernel and a target of
  /// these options: a step away from it in each size. Nothing if this backend
  /// has only one.
  virtual Result<std::vector<ScheduleAttr>>
  candidates(mlir::func::FuncOp /*kernel*/, ScheduleAttr /*schedule*/,
             const BackendOptions & /*options*/) const {
    return std::vector<ScheduleAttr>();
  }
  /// A kernel's schedule for the one target of these options with what somebody
  /// else asks for. Fails if no emitter can follow: `where` is then the key of
  /// a schedule file that says so.
  virtual Result<ScheduleAttr> follow(mlir::func::FuncOp kernel,
                                      ScheduleAttr own,
                                      const ScheduleSizes &asked,
                                      const BackendOptions &options) const = 0;
  /// The widths of panels that targets of these options can read; nothing if
  /// this backend has only one.
  virtual Result<std::vector<int64_t>>
  panelWidths(const BackendOptions & /*options*/) const {
    return std::vector<int64_t>();
  }
  /// The processor that this machine has, as records of tuning call it; empty
  /// if these are called as the runtime's devices are.
  virtual std::string processor() const { return ""; }

  /// From scheduled kernels to a module of loops each: `tenon.kernel` and
  /// `tenon.target` name the kernel and its variant, `tenon.grid` and
  /// `tenon.scratch` say how many tasks it has and how many bytes of scratch a
  /// thread needs, in the kernel's dims.
  virtual void addLoopPasses(mlir::OpPassManager &manager) const = 0;
  /// Where a device can't measure itself (runtime::Device::measurePeak): into
  /// an empty module, kernels that do, for the one target of the options, in
  /// the form that addLoopPasses() gives. `tenon.probe` says what each
  /// measures, see codegen/Probe.h.
  virtual void addProbePasses(mlir::OpPassManager & /*manager*/,
                              const BackendOptions & /*options*/) const {}
  /// One module of loops to the machine's dialect, in place; the caller
  /// verifies what comes of it.
  virtual mlir::LogicalResult
  lowerToMachine(mlir::ModuleOp loops, const BackendOptions &options) const = 0;

  /// What else the code of a module of loops depends on: the target.
  virtual Result<std::string>
  describeTarget(mlir::ModuleOp loops, const BackendOptions &options) const = 0;

  /// The code of one module in the machine's dialect.
  virtual Result<std::string> generateCode(mlir::ModuleOp machine,
                                           const BackendOptions &options,
                                           CodeForm form) const = 0;
  /// All kernels' objects as the artifact carries them. A `marker` that isn't
  /// empty is the name of a symbol for the shared object to export besides.
  virtual Result<LinkedCode> link(const std::vector<std::string> &objects,
                                  const std::string &marker) const = 0;
};

/// The backends that were built in, in the order of their names.
const std::vector<std::unique_ptr<Backend>> &compileBackends();
/// The backend of a name, or an error that lists them.
Result<const Backend *> findBackend(llvm::StringRef name);

} // namespace tenon

#endif // TENON_BACKENDS_BACKEND_H
