//===- FuzzTasks.h - the tasks to fuzz --------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_FUZZ_FUZZTASKS_H
#define TENON_TEST_FUZZ_FUZZTASKS_H

#include <string_view>

namespace tenon::fuzz {

/// A request's first byte is an index into these, so new ones go to the end.
constexpr std::string_view tasks[] = {
    "text-classification",      "token-classification",
    "question-answering",       "fill-mask",
    "next-sentence-prediction", "zero-shot-classification",
    "feature-extraction",       "sentence-embedding",
    "sentence-similarity"};

} // namespace tenon::fuzz

#endif // TENON_TEST_FUZZ_FUZZTASKS_H
