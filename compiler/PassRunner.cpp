//===- PassRunner.cpp - passes, with errors as statuses -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/PassRunner.h"

#include "compiler/PlanWriter.h"
#include "passes/InputError.h"

#include "llvm/Support/FileSystem.h"

using namespace tenon;
using namespace mlir;

DiagnosticCollector::DiagnosticCollector(
    MLIRContext *context, std::function<void(const Status &)> warn)
    : handler(context, [this, warn = std::move(warn)](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Warning && warn)
          if (auto status = inputErrorOf(diagnostic))
            warn(*status);
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return;
        Entry entry{placeOf(diagnostic.getLocation()),
                    diagnostic.str(),
                    {},
                    inputErrorOf(diagnostic)};
        for (Diagnostic &note : diagnostic.getNotes())
          entry.notes.push_back(note.str());
        std::lock_guard<std::mutex> lock(mutex);
        errors.push_back(std::move(entry));
      }) {}

Status DiagnosticCollector::toStatus(StatusCode code, const std::string &where,
                                     const std::string &what) const {
  std::lock_guard<std::mutex> lock(mutex);
  std::string place = where, text = what;
  if (!errors.empty() && errors.front().inputError)
    return *errors.front().inputError;
  if (!errors.empty()) {
    if (!errors.front().place.empty())
      place = errors.front().place;
    text = errors.front().text;
  }
  Status status = code == StatusCode::Invalid ? Status::invalid(place, text)
                                              : Status::internal(place, text);
  if (!errors.empty())
    for (const std::string &note : errors.front().notes)
      status = std::move(status).note(note);
  return status;
}

/// A name for a file that doesn't exist yet.
static std::string reproducerPath(const std::string &step) {
  llvm::SmallString<128> path;
  llvm::sys::fs::createUniquePath("tenon-" + step + "-%%%%%%.mlir", path,
                                  /*MakeAbsolute=*/true);
  return path.str().str();
}

Status PassRunner::run(llvm::function_ref<void(PassManager &)> addPasses) {
  DiagnosticCollector collector(module.getContext(), warn);
  PassManager manager(module.getContext());
  std::string reproducer = reproducerPath(step);
  manager.enableCrashReproducerGeneration(reproducer);
  addPasses(manager);
  if (succeeded(manager.run(module)))
    return Status::ok();
  Status status = collector.toStatus(StatusCode::Internal, step,
                                     "the compiler failed in this phase");
  if (status.code() != StatusCode::Internal) {
    llvm::sys::fs::remove(reproducer);
    return status;
  }
  return std::move(status).help("to replay it: tenon-opt --run-reproducer " +
                                reproducer);
}

Status PassRunner::runStep(const std::string &what,
                           llvm::function_ref<LogicalResult()> body) {
  DiagnosticCollector collector(module.getContext());
  if (succeeded(body()))
    return Status::ok();
  return collector.toStatus(StatusCode::Internal, step, what + " failed");
}

Status PassRunner::collect(llvm::function_ref<Status()> body) {
  DiagnosticCollector collector(module.getContext());
  Status status = body();
  if (status.isOk())
    return status;
  Status said = collector.toStatus(StatusCode::Internal, "", "");
  if (!said.what().empty())
    status = std::move(status).note(said.message());
  return status;
}
