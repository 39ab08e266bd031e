//===- FuzzModel.h - models of the goldens, to fuzz -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_FUZZ_FUZZMODEL_H
#define TENON_TEST_FUZZ_FUZZMODEL_H

#include "runtime/heads/TaskModel.h"

#include <string>

namespace tenon::fuzz {

/// A checkpoint of the goldens, opened; its kernels are those of
/// ReferenceKernels.c. One thread.
struct FuzzModel {
  std::shared_ptr<const runtime::Model> model;
  std::unique_ptr<heads::TaskModel> tasks;
  std::unique_ptr<runtime::Session> session;

  /// Opens it when it is first asked for.
  static FuzzModel &get(const std::string &checkpoint);
};

/// An answer must be JSON, an error one line, and none of them our defect.
void checkAnswer(const Result<heads::TaskAnswer> &answer);

} // namespace tenon::fuzz

#endif // TENON_TEST_FUZZ_FUZZMODEL_H
