//===- generation_fuzz.cpp - hostile options of generation ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Text generation over a table. The first byte chooses the table and how many
// rows it has, the second one after how many steps a first try is cancelled;
// then come generation_config.json, config.json and a request, with a zero byte
// between them. An answer is JSON, an error a line; whatever was cancelled or
// failed, the model serves the next request, and the same request gives the
// same answer, beside another one as well.
//
//===----------------------------------------------------------------------===//

#include "FuzzModel.h"
#include "FuzzSupport.h"

#include "../generation/TableModel.h"

#include "runtime/heads/ModelFiles.h"
#include "runtime/heads/TextGenerator.h"

using namespace tenon;
using namespace tenon::fuzz;
using generation::TableModel;
using heads::TaskRequest;
using heads::TextGenerator;

static tokenizers::Tokenizer readTokenizer() {
  std::string folder = TENON_GOLDENS "/decoders/gpt2-text/";
  std::map<std::string, std::string> files;
  for (const char *name : {"vocab.json", "merges.txt", "tokenizer_config.json"})
    files[name] = *readFile(folder + name, 1 << 20);
  return *heads::readTokenizer(
      folder, [&](const std::string &name) -> std::optional<std::string_view> {
        auto found = files.find(name);
        if (found == files.end())
          return std::nullopt;
        return found->second;
      });
}

/// Whether nothing but the request decides the answer.
static bool isRepeatable(const Json &file, const Json &config,
                         const TaskRequest &request) {
  auto names = [](const Json &json, const char *name) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace)
               .find(name) != std::string::npos;
  };
  for (const Json *json : {&file, &config, &request.parameters})
    if (names(*json, "max_time"))
      return false;
  return request.parameters.is_object() &&
         (request.parameters.value("do_sample", Json()) == false ||
          request.parameters.value("seed", Json()).is_number_integer());
}

static std::string textOf(const Result<heads::TaskAnswer> &answer) {
  return answer ? answer->json : answer.status().message();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const tokenizers::Tokenizer tokenizer = readTokenizer();
  testing::GTEST_FLAG(break_on_failure) = true; // Of what the table expects.
  if (size < 2)
    return 0;
  std::string_view rest(reinterpret_cast<const char *>(data) + 2, size - 2);
  auto file = parseJson(take(rest), "generation_config.json");
  auto config = parseJson(take(rest), "config.json");
  auto json = parseJson(rest, "request");
  if (!file || !config || !json)
    return 0;
  auto generator = TextGenerator::create(
      tokenizer, file->is_null() ? nullptr : &*file, *config);
  if (!generator) {
    require(generator.status().code() != StatusCode::Internal);
    return 0;
  }
  TaskRequest request;
  if (json->is_object() && json->contains("inputs")) {
    request.inputs = (*json)["inputs"];
    request.parameters = json->value("parameters", Json());
  } else {
    request.inputs = *json;
    request.parameters = Json::object();
  }
  TableModel model({tokenizer.vocabularySize(), data[0] & 7u, 2},
                   data[0] & 8 ? 5 : 17, 40);
  auto run = [&](std::span<const TaskRequest> requests, size_t most) {
    return generator->run(model, requests,
                          [&](size_t done, size_t) { return done < most; });
  };
  auto cancelled = run({&request, 1}, data[1]);
  checkAnswer(cancelled[0]);
  auto whole = run({&request, 1}, SIZE_MAX);
  checkAnswer(whole[0]);
  auto warnings = generator->warnings(request.parameters);
  if (warnings)
    for (const std::string &warning : *warnings)
      require(!warning.empty() && warning.find('\n') == std::string::npos);

  TaskRequest plain = {
      "Birds were", {{"do_sample", false}, {"max_new_tokens", 3}}, {}};
  auto alone = run({&plain, 1}, SIZE_MAX);
  TaskRequest both[] = {plain, request};
  auto together = run(both, SIZE_MAX);
  require(textOf(together[0]) == textOf(alone[0]));
  if (isRepeatable(*file, *config, request))
    require(textOf(together[1]) == textOf(whole[0]));
  return 0;
}
