//===- Generators.cpp - answers token by token in C -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/capi/Objects.h"

#include "support/Text.h"

using namespace tenon;
using namespace tenon::capi;

// The values of generation::Ending are those of the interface.
static_assert(int(generation::Ending::Open) == TENON_ENDING_OPEN &&
              int(generation::Ending::EndOfSequence) == TENON_ENDING_TOKEN &&
              int(generation::Ending::Length) == TENON_ENDING_LENGTH &&
              int(generation::Ending::StopString) == TENON_ENDING_STRING &&
              int(generation::Ending::Time) == TENON_ENDING_TIME);

namespace {

/// A request as callers give it: JSON, which may be missing beside tokens.
std::string_view requestText(const char *request, size_t size) {
  return request ? std::string_view(request, size) : "{}";
}

/// Runs a body that uses a generator, while the session serves nobody else. The
/// generator stays until the end, even if a callback frees its handle.
template <typename Body>
tenon_status *guardGenerator(tenon_generator *handle, Body body) {
  return guard([&]() -> Status {
    std::shared_ptr<Generation> generation = handle->generation;
    SessionCall call(*generation->session);
    TENON_RETURN_IF_ERROR(call.status());
    return body(*generation);
  });
}

tenon_token toC(const heads::AnswerToken &token) {
  tenon_token made{};
  made.size = sizeof(made);
  made.input = token.input;
  made.sequence = token.sequence;
  made.token = token.token;
  made.ending = static_cast<uint32_t>(token.ending);
  made.log_probability = token.logProbability;
  made.text = token.text.c_str();
  made.text_size = token.text.size();
  return made;
}

} // namespace

Generation::~Generation() {
  SessionCall call(*session, SessionCall::Wait());
  steps.reset();
}

tenon_status *tenon_generator_create(tenon_session *session,
                                     const char *request, size_t request_size,
                                     const int32_t *tokens, size_t token_count,
                                     tenon_generator **generator) {
  return guard([&]() -> Status {
    SessionCall call(*session->shared);
    TENON_RETURN_IF_ERROR(call.status());
    TENON_ASSIGN_OR_RETURN(auto steps, session->shared->model->tasks.begin(
                                           *session->shared->session,
                                           requestText(request, request_size),
                                           {tokens, tokens ? token_count : 0}));
    *generator = new tenon_generator{
        std::make_shared<Generation>(session->shared, std::move(steps))};
    return Status::ok();
  });
}

tenon_status *tenon_generator_step(tenon_generator *generator,
                                   uint32_t *goes_on) {
  return guardGenerator(generator, [&](Generation &generation) -> Status {
    TENON_ASSIGN_OR_RETURN(bool goesOn, generation.steps->next());
    *goes_on = goesOn;
    return Status::ok();
  });
}

size_t tenon_generator_token_count(const tenon_generator *generator) {
  return generator->generation->steps->tokens().size();
}

tenon_status *tenon_generator_token(const tenon_generator *generator,
                                    size_t index, tenon_token *token) {
  return guard([&]() -> Status {
    TENON_RETURN_IF_ERROR(readStruct(token).takeStatus());
    auto tokens = generator->generation->steps->tokens();
    if (index >= tokens.size())
      return Status::usage("token", concat("there is no ", index));
    writeStruct(token, toC(tokens[index]));
    return Status::ok();
  });
}

tenon_status *tenon_generator_run(tenon_generator *generator,
                                  tenon_token_callback callback, void *user) {
  return guardGenerator(generator, [&](Generation &generation) -> Status {
    for (bool goesOn = true; goesOn;) {
      TENON_ASSIGN_OR_RETURN(goesOn, generation.steps->next());
      for (const heads::AnswerToken &token : generation.steps->tokens()) {
        tenon_token told = toC(token);
        if (callback && callback(user, &told)) {
          generation.steps->finish();
          return runtime::cancelledStatus();
        }
      }
    }
    return Status::ok();
  });
}

void tenon_generator_cancel(tenon_generator *generator) {
  generator->generation->steps->cancel();
}

tenon_status *tenon_generator_result(tenon_generator *generator,
                                     tenon_response **response) {
  return guardGenerator(generator, [&](Generation &generation) -> Status {
    const Result<heads::TaskAnswer> &answer = generation.steps->finish();
    if (!answer)
      return answer.status();
    *response = new tenon_response{*answer};
    return Status::ok();
  });
}

tenon_status *tenon_generator_sequence(tenon_generator *generator, size_t input,
                                       size_t sequence, tenon_sequence *to) {
  return guardGenerator(generator, [&](Generation &generation) -> Status {
    TENON_RETURN_IF_ERROR(readStruct(to).takeStatus());
    auto sequences = generation.steps->sequences(input);
    if (sequence >= sequences.size())
      return Status::usage("sequence",
                           concat("input ", input, " has no ", sequence));
    const generation::Continuation &found = sequences[sequence];
    tenon_sequence known{};
    known.tokens = found.tokens.data();
    known.token_count = found.tokens.size();
    known.score = found.score;
    known.ending = static_cast<uint32_t>(found.ending);
    writeStruct(to, known);
    return Status::ok();
  });
}

tenon_status *tenon_generator_continue(tenon_generator *generator,
                                       const char *request, size_t request_size,
                                       const int32_t *tokens,
                                       size_t token_count) {
  return guardGenerator(generator, [&](Generation &generation) -> Status {
    TENON_ASSIGN_OR_RETURN(
        Json json, parseJson(requestText(request, request_size), "request"));
    std::string task;
    TENON_ASSIGN_OR_RETURN(heads::TaskRequest parsed,
                           heads::parseRequest(json, task, true));
    return generation.steps->goOn(parsed, {tokens, tokens ? token_count : 0});
  });
}

void tenon_generator_free(tenon_generator *generator) {
  if (!generator)
    return;
  // A step that another thread runs, or this one's callback is called by, ends
  // soon, and lets go of the rest.
  generator->generation->steps->cancel();
  delete generator;
}
