//===- Streamer.h - generated text as it comes ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_STREAMER_H
#define TENON_TOOLS_TENON_STREAMER_H

#include "runtime/generation/Generator.h"
#include "runtime/heads/Head.h"

namespace tenon::tool {

/// Writes a text to stdout while it is generated, if that is a terminal and
/// there is one text.
class Streamer {
public:
  /// `readable`: the answer is for people.
  Streamer(const heads::TaskRequest &request, bool readable);

  /// One more token; returns whether stdout still takes text.
  bool add(const heads::TextPiece &piece);
  /// Whether the answer has been written as it came.
  bool isShowing() const { return isShowing_; }
  /// Ends the line.
  Status finish();

private:
  std::string prompt_;
  bool mayShow_, isShowing_ = false;
  Status status_;
};

/// Says on stderr how fast texts were generated: how many tokens came of how
/// many prompts, when the first ones were there, and what the passes through
/// the model took, on the prompts and then token by token.
void reportTimes(const generation::GenerationTimes &times);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_STREAMER_H
