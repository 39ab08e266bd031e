//===- Threads.h - work for a few threads -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_THREADS_H
#define TENON_SUPPORT_THREADS_H

#include <cstddef>
#include <functional>

namespace tenon {

/// Calls `work(0)` to `work(count - 1)`, begun in this order, on this thread
/// and up to `threads - 1` others: fewer if the system has no more. Once one of
/// them is false, no further one is begun.
void runOnThreads(size_t threads, size_t count,
                  const std::function<bool(size_t)> &work);

} // namespace tenon

#endif // TENON_SUPPORT_THREADS_H
