//===- Tensors.h - DLPack's fields and ours ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_CAPI_TENSORS_H
#define TENON_RUNTIME_CAPI_TENSORS_H

#include "runtime/DType.h"

#include "support/Status.h"

#include <tenon/tenon.h>

namespace tenon::capi {

tenon_dtype toDlpack(runtime::DType type);

/// Fails for types that entries can't have; `where` is the tensor's name.
Result<runtime::DType> fromDlpack(tenon_dtype type, const std::string &where);

/// Fails unless the tensor has a name, lies in host memory and is dense.
Status checkTensor(const tenon_tensor &tensor);

} // namespace tenon::capi

#endif // TENON_RUNTIME_CAPI_TENSORS_H
