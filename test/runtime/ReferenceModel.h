//===- ReferenceModel.h - artifacts without the compiler --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_RUNTIME_REFERENCEMODEL_H
#define TENON_TEST_RUNTIME_REFERENCEMODEL_H

#include "support/Status.h"

#include <string>

namespace tenon {

/// Writes an artifact for a checkpoint of BERT or DistilBERT with weights in
/// fp32 and absolute positions: a base model, or one with the head of any task
/// (not BertForPreTraining). Its kernels are those of ReferenceKernels.c.
Status buildReferenceModel(const std::string &checkpoint,
                           const std::string &output);

} // namespace tenon

#endif // TENON_TEST_RUNTIME_REFERENCEMODEL_H
