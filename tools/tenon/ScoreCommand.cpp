//===- ScoreCommand.cpp - tenon score -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/Diagnostics.h"
#include "tools/tenon/ModelCache.h"

#include "runtime/generation/Perplexity.h"
#include "runtime/generation/SessionModel.h"
#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/TextOptions.h"

#include "support/File.h"
#include "support/JsonWriter.h"
#include "support/Text.h"
#include "support/Units.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <optional>
#include <utility>

namespace tenon::tool {

namespace {

struct ScoreOptions {
  std::string model, text, file, cpu, device;
  std::optional<uint64_t> stride, window;
  unsigned threads = 0;
  bool json = false;
  CLI::Option *hasText = nullptr;
};

} // namespace

static Result<std::string> readText(const ScoreOptions &options) {
  constexpr uint64_t maxText = 64 * 1024 * 1024;
  bool hasFile = !options.file.empty();
  if (hasFile == (options.hasText->count() != 0))
    return Status::usage("score", "needs a text or --file, and not both");
  if (!hasFile)
    return options.text;
  return readFile(options.file == "-" ? "/dev/stdin" : options.file, maxText);
}

static std::string toJson(const generation::TextScore &score,
                          const tokenizers::Encoding &encoding,
                          const tokenizers::Tokenizer &tokenizer) {
  JsonWriter json;
  json.beginObject().key("perplexity").number(score.recipePerplexity);
  json.key("tokens").beginArray();
  for (size_t i = 0; i < encoding.size(); ++i) {
    json.beginObject();
    json.key("id").integer(encoding.ids[i]);
    json.key("token").string(tokenizer.idToToken(encoding.ids[i]).value_or(""));
    json.key("start").integer(encoding.offsets[i].begin);
    json.key("end").integer(encoding.offsets[i].end);
    // Nothing comes before the first, so nothing is known of it.
    json.key("log_prob");
    if (i == 0)
      json.null();
    else
      json.number(score.logProbabilities[i - 1]);
    json.endObject();
  }
  json.endArray().endObject();
  return json.take() + "\n";
}

static std::string toText(const generation::TextScore &score,
                          const tokenizers::Encoding &encoding,
                          const tokenizers::Tokenizer &tokenizer) {
  // Where a text has few tokens, they are of interest.
  constexpr size_t few = 40;
  std::string out;
  for (size_t i = 1; i < encoding.size() && encoding.size() <= few; ++i) {
    float value = score.logProbabilities[i - 1];
    std::string number = std::isnan(value) ? "-" : fixed(value, 4);
    out += std::string(number.size() < 9 ? 9 - number.size() : 0, ' ') +
           number + "  " +
           printable(tokenizer.idToToken(encoding.ids[i]).value_or("")) + "\n";
  }
  return out + concat("perplexity ", fixed(score.recipePerplexity, 4), " of ",
                      plural(encoding.size(), "token"), "\n");
}

static Status score(const ScoreOptions &options) {
  for (auto [name, value] :
       {std::pair("--stride", options.stride), {"--window", options.window}})
    if (value == 0u)
      return Status::usage(name, "must be more than 0");
  TENON_ASSIGN_OR_RETURN(std::string text, readText(options));
  TENON_ASSIGN_OR_RETURN(
      std::string artifact,
      resolveModel(options.model, {"text-generation", "", 0, options.device}));
  TENON_ASSIGN_OR_RETURN(
      auto instance, runtime::Instance::create({.threads = options.threads}));
  TENON_ASSIGN_OR_RETURN(
      auto model,
      runtime::Model::open(instance, artifact,
                           {.variant = options.cpu, .device = options.device}));
  TENON_RETURN_IF_ERROR(
      generation::SessionModel::check(model->plan(), artifact));
  heads::ModelFiles files(model);
  TENON_ASSIGN_OR_RETURN(const tokenizers::Tokenizer *tokenizer,
                         files.tokenizer());
  TENON_ASSIGN_OR_RETURN(auto encoding,
                         tokenizer->encode(heads::textOrPair(text)));
  TENON_ASSIGN_OR_RETURN(auto session, runtime::Session::create(model));
  TENON_ASSIGN_OR_RETURN(auto tokens,
                         generation::SessionModel::create(*session));
  ProgressLine line;
  generation::PerplexityOptions how;
  how.stride = options.stride.value_or(0);
  how.window = options.window.value_or(0);
  how.progress = [&](size_t done, size_t total) {
    line.showBar(done, total, concat(done, " of ", total, " tokens"));
    return true;
  };
  TENON_ASSIGN_OR_RETURN(auto scored,
                         generation::scoreText(*tokens, encoding.ids, how));
  line.clear();
  std::string out = options.json ? toJson(scored, encoding, *tokenizer)
                                 : toText(scored, encoding, *tokenizer);
  return print(out);
}

void addScoreCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<ScoreOptions>();
  CLI::App *command = app.add_subcommand(
      "score", "The perplexity of a text, and what each token is worth");
  command
      ->add_option("FILE", options->model,
                   "an artifact or a checkpoint directory")
      ->required();
  options->hasText = command->add_option("TEXT", options->text, "the text");
  command->add_option("--file", options->file,
                      "a file with the text; - is stdin");
  command->add_option("--stride", options->stride,
                      "tokens that the window moves by: the fewer, the more of "
                      "the text is before each (512)");
  command->add_option("--window", options->window,
                      "tokens of a window; as many as the model takes");
  command->add_flag("--json", options->json, "one JSON value on stdout");
  command->add_option("--cpu", options->cpu, "the code to use");
  command->add_option("--device", options->device,
                      "what to run on, as `tenon devices` lists it");
  command->add_option("--threads", options->threads,
                      "threads; as many as this process may use");
  command->callback([options, &action] {
    action = [options] { return finish(score(*options)); };
  });
}

} // namespace tenon::tool
