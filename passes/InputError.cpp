//===- InputError.cpp - errors of what a pass was given -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/InputError.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

using namespace tenon;
using namespace mlir;

// The status travels as the diagnostic's metadata: its place, its text, and its
// further lines.
static void addStatus(InFlightDiagnostic diagnostic, MLIRContext *context,
                      const Status &status) {
  diagnostic << status.render();
  auto &metadata = diagnostic.getUnderlyingDiagnostic()->getMetadata();
  auto add = [&](const std::string &text) {
    metadata.push_back(DiagnosticArgument(StringAttr::get(context, text)));
  };
  add(status.where());
  add(status.what());
  for (const std::string &line : status.notes())
    add(line);
}

void tenon::emitInputError(MLIRContext *context, const Status &status) {
  addStatus(emitError(UnknownLoc::get(context)), context, status);
}

void tenon::emitInputWarning(MLIRContext *context, const Status &status) {
  addStatus(emitWarning(UnknownLoc::get(context)), context, status);
}

std::optional<Status> tenon::inputErrorOf(Diagnostic &diagnostic) {
  auto &metadata = diagnostic.getMetadata();
  if (metadata.size() < 2)
    return std::nullopt;
  auto text = [&](size_t i) {
    return cast<StringAttr>(metadata[i].getAsAttribute()).str();
  };
  Status status = Status::invalid(text(0), text(1));
  for (size_t i = 2; i < metadata.size(); ++i)
    status = std::move(status).line(text(i));
  return status;
}
