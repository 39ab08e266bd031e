//===- Streamer.h - generated text as it comes ------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_STREAMER_H
#define TENON_TOOLS_TENON_STREAMER_H

#include "runtime/heads/Head.h"

#include <chrono>

namespace tenon::tool {

/// Writes a text to stdout while it is generated, if that is a terminal and
/// there is one text; counts tokens in any case.
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
  /// `tenon: 50 tokens; the first after 21 ms; then 8.5 ms a token, 118
  /// tokens/s`.
  void reportTime() const;

private:
  std::string prompt_;
  bool mayShow_, isShowing_ = false;
  size_t tokens_ = 0;
  Status status_;
  std::chrono::steady_clock::time_point begin_, first_, last_;
};

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_STREAMER_H
