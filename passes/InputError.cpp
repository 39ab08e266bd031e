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
void tenon::emitInputError(MLIRContext *context, const Status &status) {
  InFlightDiagnostic error = emitError(UnknownLoc::get(context))
                             << status.render();
  auto &metadata = error.getUnderlyingDiagnostic()->getMetadata();
  auto add = [&](const std::string &text) {
    metadata.push_back(DiagnosticArgument(StringAttr::get(context, text)));
  };
  add(status.where());
  add(status.what());
  for (const std::string &line : status.notes())
    add(line);
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
