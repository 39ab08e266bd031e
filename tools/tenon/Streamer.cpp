//===- Streamer.cpp - generated text as it comes --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Streamer.h"

#include "runtime/heads/Parameters.h"

#include "tools/tenon/Diagnostics.h"

#include "support/Text.h"
#include "support/Units.h"

#include <unistd.h>

namespace tenon::tool {

Streamer::Streamer(const heads::TaskRequest &request, bool readable)
    : begin_(std::chrono::steady_clock::now()) {
  const Json &parameters = request.parameters;
  bool isOne =
      heads::integerParameter(parameters, "num_return_sequences", 1) == 1;
  bool isText = !heads::booleanParameter(parameters, "return_tensors", false);
  mayShow_ = isText && readable && isatty(STDOUT_FILENO) &&
             request.inputs.is_string() && isOne;
  if (mayShow_ && heads::booleanParameter(parameters, "return_full_text", true))
    prompt_ = request.inputs.get<std::string>();
}

bool Streamer::add(const heads::TextPiece &piece) {
  last_ = std::chrono::steady_clock::now();
  if (tokens_++ == 0)
    first_ = last_;
  if (!mayShow_)
    return true;
  if (!isShowing_)
    status_ = print(prompt_);
  isShowing_ = true;
  if (status_.isOk() && !piece.text.empty())
    status_ = print(piece.text);
  return status_.isOk();
}

Status Streamer::finish() {
  if (isShowing_ && status_.isOk())
    status_ = print("\n");
  return status_;
}

void Streamer::reportTime() const {
  using Seconds = std::chrono::duration<double>;
  if (tokens_ == 0)
    return reportNote("no tokens to time: beam search gives all at the end");
  // The first token comes with the prompt.
  double prompt = Seconds(first_ - begin_).count();
  double rest = Seconds(last_ - first_).count();
  std::string rate;
  if (tokens_ > 1 && rest > 0)
    rate =
        concat("; then ", humanTime(rest / double(tokens_ - 1)), " a token, ",
               fixed(double(tokens_ - 1) / rest, 1), " tokens/s");
  reportNote(concat(plural(tokens_, "token"), "; the first after ",
                    humanTime(prompt), rate));
}

} // namespace tenon::tool
