//===- TuneTrial.h - measuring schedules beside each other ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// One artifact holds a copy of the model's entries for each assignment of
// schedules to kernels. They share weights, memory and whatever kernels have
// the same schedule, and their calls alternate, so that what the machine does
// besides falls on all of them alike.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_TUNETRIAL_H
#define TENON_COMPILER_TUNETRIAL_H

#include "compiler/Compilation.h"
#include "runtime/Session.h"
#include "support/File.h"

#include "llvm/ADT/StringMap.h"

#include <chrono>
#include <map>

namespace tenon {

class PassRunner;

/// How a kernel is to be made.
struct KernelChoice {
  ScheduleAttr schedule;
  int64_t panelWidth = 0; ///< Columns of the panels that it reads; 0: its own.
};
/// A kernel of the model, made so.
struct ChosenKernel {
  mlir::func::FuncOp kernel;
  KernelChoice choice;
};
/// For each kernel that isn't as the compiler has it.
using ScheduleAssignment = llvm::StringMap<KernelChoice>;

/// What is run, and how.
struct TrialOptions {
  /// Sizes by symbol; others have their typical values.
  std::map<std::string, int64_t> shape;
  std::string entry; ///< The only one to run; empty: all.
  std::shared_ptr<runtime::Instance> instance;
  std::string device; ///< What to run on, as runtime::unitName() calls it.
};

/// Seconds of a kernel in one call of an entry.
struct TrialTime {
  double best = 0;     ///< Each launch in its best call.
  double quartile = 0; ///< A quarter of the calls took no longer.
};
/// By entry.
using TrialTimes = llvm::StringMap<TrialTime>;
/// By kernel.
using KernelTrials = llvm::StringMap<TrialTimes>;

/// What came of a trial, by assignment; first are the compiler's own schedules.
struct TrialResult {
  std::vector<KernelTrials> times; ///< Nothing if anything is wrong.
  std::vector<std::string> wrong;  ///< How outputs differ from the first's.

  bool isRight() const {
    return llvm::all_of(wrong, [](const auto &what) { return what.empty(); });
  }
};

class TuneTrial {
public:
  using Clock = std::chrono::steady_clock;

  /// `compilation` is at phase `scheduled`, for one target of `backend`.
  static Result<TuneTrial> create(Compilation &compilation,
                                  BackendOptions backend, unsigned jobs,
                                  TrialOptions options);

  /// Kernels of the model that the entries to be run launch.
  std::vector<mlir::func::FuncOp> kernels() const;
  /// How often these launch a kernel.
  unsigned launchesOf(mlir::func::FuncOp kernel) const;
  /// Whether there is code for a kernel with this schedule.
  bool canEmit(mlir::func::FuncOp kernel, const KernelChoice &choice) const;
  /// The columns of the panels that a kernel reads, if they could be others:
  /// the right side of its product was packed, and is nothing but that.
  std::optional<int64_t> panelWidthOf(mlir::func::FuncOp kernel) const;
  /// A kernel that reads panels of so many columns, in no module.
  static mlir::OwningOpRef<mlir::func::FuncOp>
  withPanels(mlir::func::FuncOp kernel, int64_t width);
  /// The compiler's own schedule for that kernel.
  Result<ScheduleAttr> scheduleFor(mlir::func::FuncOp kernel,
                                   int64_t width) const;
  /// Bytes of all weights that are panels.
  uint64_t panelBytes() const;

  /// Compiles kernels into the cache, in order and as long as `goesOn` says so,
  /// at least one; which it has come to.
  Result<std::vector<bool>>
  precompile(llvm::ArrayRef<ChosenKernel> kernels, std::function<bool()> goesOn,
             std::function<void(unsigned, unsigned)> progress) const;

  /// Makes code for the compiler's own schedules and these assignments;
  /// `progress` is told of kernels done and of how many.
  Status build(llvm::ArrayRef<ScheduleAssignment> assignments,
               std::function<void(unsigned, unsigned)> progress);

  /// Calls all, in turn, for about `seconds`, but at least five times each.
  Result<TrialResult> measure(double seconds,
                              const std::function<void()> &progress);

  /// Fails with what is wrong with an assignment: the device refuses it, or
  /// outputs differ.
  Status check(const ScheduleAssignment &assignment);

  /// Entries that can't be called with these sizes, and why; they are left out.
  const std::map<std::string, Status> &unfitEntries() const { return unfit; }
  /// `forward: B=1, S=128`, of all entries that are run.
  const std::string &shapeText() const { return shape; }

private:
  TuneTrial(Compilation &compilation, BackendOptions backend, unsigned jobs,
            TrialOptions options)
      : compilation(&compilation), backend(std::move(backend)), jobs(jobs),
        options(std::move(options)) {}

  std::vector<mlir::func::FuncOp> entries() const;
  static std::string addKernel(mlir::func::FuncOp kernel,
                               const KernelChoice &choice,
                               mlir::ModuleOp module);
  static void relaunch(LaunchOp launch, mlir::func::FuncOp kernel,
                       const KernelChoice &choice, mlir::ModuleOp module);
  /// The objects of a module of loops; `goesOn` as in precompile(), or null.
  Result<std::vector<std::string>>
  compile(mlir::ModuleOp module, PassRunner &runner,
          std::function<bool()> goesOn,
          std::function<void(unsigned, unsigned)> progress) const;
  Status write(mlir::ModuleOp module,
               std::function<void(unsigned, unsigned)> progress);
  struct Measured;
  /// Opens what was built.
  Result<std::unique_ptr<runtime::Session>> open() const;
  /// Calls every copy of an entry once, which plans what first calls plan, and
  /// says how outputs differ. Nothing if the entry can't be called with these
  /// sizes.
  Result<std::unique_ptr<Measured>> prepare(runtime::Session &session,
                                            mlir::func::FuncOp entry,
                                            TrialResult &result);
  Status measure(Measured &entry, double seconds, TrialResult &result,
                 const std::function<void()> &progress);

  Compilation *compilation;
  BackendOptions backend;
  unsigned jobs;
  TrialOptions options;
  std::map<std::string, Status> unfit;
  std::string shape;
  size_t assignmentCount = 0;
  std::vector<std::string> constants; ///< Names of those in `file`, in order.
  /// The artifact. It has no name any more, so that nothing is left behind.
  FileDescriptor file;
};

} // namespace tenon

#endif // TENON_COMPILER_TUNETRIAL_H
