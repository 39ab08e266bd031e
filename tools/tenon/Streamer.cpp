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

Streamer::Streamer(const heads::TaskRequest &request, bool readable) {
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
  // A model's own options may ask for several.
  mayShow_ = mayShow_ && piece.sequences == 1;
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

static double seconds(generation::GenerationTimes::Duration time) {
  return std::chrono::duration<double>(time).count();
}

/// `, 118.2 tokens/s`; nothing where no time has passed.
static std::string rateText(size_t tokens, double time) {
  if (tokens == 0 || time <= 0)
    return "";
  return concat(", ", fixed(double(tokens) / time, 1), " tokens/s");
}

void reportTimes(const generation::GenerationTimes &times) {
  double prefill = seconds(times.prefill), step = seconds(times.step);
  double search = seconds(times.search);
  size_t passes = times.prefills + times.steps;
  if (passes == 0)
    return reportNote("nothing was generated");
  reportNote(concat(plural(times.tokens, "token"), " in ",
                    humanTime(prefill + step + search),
                    rateText(times.tokens, prefill + step + search),
                    "; the first after ", humanTime(seconds(times.first))));
  size_t computed = times.promptTokens - times.reusedTokens;
  std::string reused;
  if (times.reusedTokens)
    reused = concat(" (", times.reusedTokens, " more were there)");
  std::string line = concat("prefill: ", plural(times.prompts, "prompt"), ", ",
                            plural(computed, "token"), reused, " in ",
                            humanTime(prefill), rateText(computed, prefill));
  if (times.steps)
    line += concat("; ", plural(times.steps, "step"), " of ",
                   fixed(double(times.stepRows) / double(times.steps), 1),
                   " rows, ", humanTime(step / double(times.steps)),
                   " each; choosing tokens ",
                   humanTime(search / double(passes)), " each");
  reportNote(line);
}

} // namespace tenon::tool
