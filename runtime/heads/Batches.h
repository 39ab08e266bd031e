//===- Batches.h - which texts run together ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_BATCHES_H
#define TENON_RUNTIME_HEADS_BATCHES_H

#include <cstddef>
#include <span>
#include <vector>

namespace tenon::heads {

/// Divides items of `lengths` (tokens, each at least 1) into batches of at most
/// `maxRows`, padded to their longest, so that all take the least time: padding
/// costs as much as text, but a batch of few tokens no less than reading the
/// weights does. Each batch has its longest item first; longer ones come first.
std::vector<std::vector<size_t>> planBatches(std::span<const size_t> lengths,
                                             size_t maxRows);

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_BATCHES_H
