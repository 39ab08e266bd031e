//===- AttentionLimit.h - keys that can't count -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_ATTENTIONLIMIT_H
#define TENON_CODEGEN_ATTENTIONLIMIT_H

#include "codegen/KernelCode.h"
#include "dialect/TenonOps.h"

namespace tenon {

/// The keys that count for a query, where an attention's score region says so.
class KeyLimit {
public:
  explicit KeyLimit(AttentionOp op);

  /// Whether there is a limit: else all keys count.
  explicit operator bool() const { return static_cast<bool>(limit); }

  /// How many of `keys` count for any query up to `lastQuery`.
  mlir::Value countKeys(KernelCode &code, const Index &batch, const Index &head,
                        const Index &lastQuery, mlir::Value keys);

private:
  AttentionOp op;
  /// In the region: the index of the last key that counts for a query, or of
  /// the first that doesn't.
  mlir::Value limit;
  bool counts = false;
};

} // namespace tenon

#endif // TENON_CODEGEN_ATTENTIONLIMIT_H
