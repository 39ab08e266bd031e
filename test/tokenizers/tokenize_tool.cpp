//===- tokenize_tool.cpp - the tokenizers on a pipe -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Reads requests, one JSON object a line, and writes one answer a line, for
// differential.py. DIR is a folder with tokenizer files; --json-only takes
// nothing but its tokenizer.json. With --bench, times it for bench/tokenizers.
//
//   tokenize_tool [--json-only] [--model-type T] DIR
//   tokenize_tool --bench TEXTS.jsonl DIR
//
//===----------------------------------------------------------------------===//

#include "runtime/tokenizers/TextStream.h"

#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

using namespace tenon;
using namespace tenon::tokenizers;
using nlohmann::json;

namespace {

std::string readFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

struct Files {
  std::string json, vocab, vocabJson, merges, config, special, added, modelType;

  void read(const std::string &folder, bool jsonOnly) {
    json = readFile(folder + "/tokenizer.json");
    if (jsonOnly)
      return;
    vocab = readFile(folder + "/vocab.txt");
    vocabJson = readFile(folder + "/vocab.json");
    merges = readFile(folder + "/merges.txt");
    config = readFile(folder + "/tokenizer_config.json");
    special = readFile(folder + "/special_tokens_map.json");
    added = readFile(folder + "/added_tokens.json");
  }
  TokenizerFiles views() const {
    TokenizerFiles files;
    files.tokenizerJson = json;
    files.vocabTxt = vocab;
    files.vocabJson = vocabJson;
    files.mergesTxt = merges;
    files.tokenizerConfig = config;
    files.specialTokensMap = special;
    files.addedTokens = added;
    files.modelType = modelType;
    return files;
  }
};

/// Text of a request; "hex" is for what isn't UTF-8.
struct RequestText {
  std::string text;
  std::vector<std::string> words;
  std::vector<std::string_view> views;

  TextInput input(const json &value) {
    if (value.is_array()) {
      words = value.get<std::vector<std::string>>();
      views.assign(words.begin(), words.end());
      return TextInput(std::span<const std::string_view>(views));
    }
    if (value.is_object()) {
      std::string hex = value.at("hex");
      for (size_t i = 0; i + 1 < hex.size(); i += 2)
        text.push_back(
            static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    } else {
      text = value;
    }
    return TextInput(text);
  }
};

EncodeOptions readOptions(const json &request) {
  EncodeOptions options;
  options.addSpecialTokens = request.value("add_special_tokens", true);
  options.returnOverflow = request.value("overflow", true);
  auto side = [](const json &object) {
    return object.value("side", "right") == "left" ? Side::Left : Side::Right;
  };
  if (request.contains("truncation")) {
    const json &object = request["truncation"];
    Truncation cut;
    cut.maxLength = object.at("max_length");
    cut.stride = object.value("stride", 0);
    std::string strategy = object.value("strategy", "longest_first");
    cut.strategy = strategy == "only_first" ? TruncationStrategy::OnlyFirst
                   : strategy == "only_second"
                       ? TruncationStrategy::OnlySecond
                       : TruncationStrategy::LongestFirst;
    cut.side = side(object);
    options.truncation = cut;
  }
  if (request.contains("padding")) {
    const json &object = request["padding"];
    Padding padding;
    if (object.contains("length"))
      padding.toLength = object["length"].get<size_t>();
    padding.multipleOf = object.value("multiple_of", 0);
    padding.side = side(object);
    if (object.contains("id"))
      padding.padId = object["id"].get<int32_t>();
    padding.padTypeId = object.value("type_id", 0);
    options.padding = padding;
  }
  return options;
}

json toJson(const Encoding &encoding) {
  json offsets = json::array(), overflow = json::array();
  for (const Encoding::Offset &offset : encoding.offsets)
    offsets.push_back({offset.begin, offset.end});
  for (const Encoding &window : encoding.overflow)
    overflow.push_back(toJson(window));
  auto orNull = [](const auto &list) {
    json out = json::array();
    for (auto value : list)
      out.push_back(value < 0 ? json() : json(value));
    return out;
  };
  return {{"ids", encoding.ids},
          {"type_ids", encoding.typeIds},
          {"attention_mask", encoding.attentionMask},
          {"special_tokens_mask", encoding.specialTokensMask},
          {"offsets", offsets},
          {"word_ids", orNull(encoding.wordIds)},
          {"sequence_ids", orNull(encoding.sequenceIds)},
          {"overflow", overflow}};
}

json info(const Tokenizer &tokenizer) {
  json special = json::object();
  const char *names[] = {"bos", "eos", "unk", "sep", "pad", "cls", "mask"};
  for (size_t i = 0; i < kSpecialTokenCount; ++i) {
    auto which = static_cast<SpecialToken>(i);
    if (auto token = tokenizer.specialToken(which))
      special[names[i]] = {*token,
                           tokenizer.specialTokenId(which).value_or(-1)};
  }
  json answer = {{"special", special},
                 {"all_special_ids", tokenizer.allSpecialIds()},
                 {"size", tokenizer.vocabularySize()},
                 {"largest_id", tokenizer.largestId()},
                 {"model_input_names", tokenizer.modelInputNames()},
                 {"padding_side", tokenizer.paddingSide() == Side::Left},
                 {"truncation_side", tokenizer.truncationSide() == Side::Left},
                 {"added_single", tokenizer.specialTokensToAdd(false)},
                 {"added_pair", tokenizer.specialTokensToAdd(true)}};
  if (tokenizer.modelMaxLength() < SIZE_MAX)
    answer["model_max_length"] = tokenizer.modelMaxLength();
  return answer;
}

/// The text of ids that are decoded one by one.
json stream(const Tokenizer &tokenizer, const json &request) {
  DecodeOptions options;
  options.skipSpecialTokens = request.value("skip_special_tokens", false);
  options.cleanUpTokenizationSpaces = request.value("clean_up", false);
  TextStream stream(tokenizer, options);
  std::string text;
  auto add = [&](const Result<std::string> &more) {
    if (more)
      text += json::parse(json(*more).dump()).get<std::string>(); // UTF-8.
  };
  for (int32_t id : request.at("ids").get<std::vector<int32_t>>())
    add(stream.push(id));
  add(stream.finish());
  return {{"text", text}};
}

json answer(const Tokenizer &tokenizer, const json &request) {
  std::string op = request.value("op", "encode");
  auto failed = [](const Status &status) {
    return json{{"error", status.message()}};
  };
  if (op == "info")
    return info(tokenizer);
  if (op == "token_to_id") {
    auto id = tokenizer.tokenToId(request.at("token").get<std::string>());
    return {{"id", id ? json(*id) : json()}};
  }
  if (op == "id_to_token") {
    auto token = tokenizer.idToToken(request.at("id"));
    return {{"token", token ? json(*token) : json()}};
  }
  if (op == "decode") {
    DecodeOptions options;
    options.skipSpecialTokens = request.value("skip_special_tokens", false);
    if (request.contains("clean_up"))
      options.cleanUpTokenizationSpaces = request["clean_up"].get<bool>();
    auto ids = request.at("ids").get<std::vector<int32_t>>();
    Result<std::string> text = tokenizer.decode(ids, options);
    return text ? json{{"text", *text}} : failed(text.status());
  }
  if (op == "stream")
    return stream(tokenizer, request);
  EncodeOptions options = readOptions(request);
  if (op == "batch") {
    const json &list = request.at("inputs");
    std::vector<RequestText> texts(2 * list.size());
    std::vector<EncodeInput> inputs;
    for (size_t i = 0; i < list.size(); ++i) {
      EncodeInput input(texts[2 * i].input(list[i][0]));
      if (list[i].size() > 1)
        input.second = texts[2 * i + 1].input(list[i][1]);
      inputs.push_back(input);
    }
    Result<BatchEncoding> batch = tokenizer.encodeBatch(inputs, options);
    if (!batch)
      return failed(batch.status());
    json encodings = json::array();
    for (const Encoding &encoding : batch->encodings)
      encodings.push_back(toJson(encoding));
    return {{"encodings", encodings}, {"inputs", batch->inputs}};
  }
  RequestText first, second;
  EncodeInput input(first.input(request.at("text")));
  if (request.contains("pair"))
    input.second = second.input(request["pair"]);
  Result<Encoding> encoding = tokenizer.encode(input, options);
  return encoding ? toJson(*encoding) : failed(encoding.status());
}

/// Does what each line of the input says once, "load", "encode" (every text by
/// itself), "batch" (all in one call) or "decode", and answers with the seconds
/// of processor time and the number of tokens.
int bench(const char *path, const char *folder) {
  Files files;
  files.read(folder, true);
  std::vector<std::string> texts;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    texts.push_back(json::parse(line).get<std::string>());
  std::vector<EncodeInput> inputs;
  for (const std::string &text : texts)
    inputs.emplace_back(TextInput(text));
  std::vector<std::vector<int32_t>> ids;

  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files.views());
  if (!tokenizer)
    return 1;
  for (const EncodeInput &input : inputs)
    ids.push_back(tokenizer->encode(input)->ids);
  for (std::string what; std::getline(std::cin, what);) {
    size_t tokens = 0;
    std::clock_t start = std::clock();
    if (what == "load") {
      Result<Tokenizer> loaded = Tokenizer::fromFiles(files.views());
      tokens = loaded->vocabularySize();
    } else if (what == "encode") {
      for (const EncodeInput &input : inputs)
        tokens += tokenizer->encode(input)->size();
    } else if (what == "batch") {
      Result<BatchEncoding> batch = tokenizer->encodeBatch(inputs);
      for (const Encoding &encoding : batch->encodings)
        tokens += encoding.size();
    } else {
      for (const std::vector<int32_t> &list : ids)
        tokens += tokenizer->decode(list)->size();
    }
    double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::cout << json{{"seconds", seconds}, {"tokens", tokens}} << std::endl;
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 4 && !std::strcmp(argv[1], "--bench"))
    return bench(argv[2], argv[3]);
  bool jsonOnly = false;
  Files files;
  std::string folder;
  for (int i = 1; i < argc; ++i) {
    if (!std::strcmp(argv[i], "--json-only"))
      jsonOnly = true;
    else if (!std::strcmp(argv[i], "--model-type") && i + 1 < argc)
      files.modelType = argv[++i];
    else
      folder = argv[i];
  }
  files.read(folder, jsonOnly);
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files.views());
  if (!tokenizer) {
    std::fprintf(stderr, "%s\n", tokenizer.status().render().c_str());
    return 1;
  }
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answer(*tokenizer, json::parse(line)) << "\n";
  return 0;
}
