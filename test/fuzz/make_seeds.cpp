//===- make_seeds.cpp - inputs to start fuzzing from ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// make_seeds FOLDER: writes FOLDER/TARGET/*, small inputs that are right.
//
//===----------------------------------------------------------------------===//

#include "../runtime/TestModel.h"

#include "FuzzTasks.h"

#include "support/File.h"
#include "support/Json.h"
#include "support/Safetensors.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

using namespace tenon;

/// The tokenizers of the goldens, with a text for each.
static Status makeTokenizerSeeds(const std::string &folder) {
  const std::string text =
      "A tenon, na\u00efve \u00c5ngstr\u00f6m [MASK] \u4f60\u597d x2!";
  const std::string zero(1, '\0');
  TENON_RETURN_IF_ERROR(createFolders(folder + "/tokenizer_json"));
  TENON_RETURN_IF_ERROR(createFolders(folder + "/vocab_txt"));
  for (const char *name :
       {"accents", "added", "cased", "cased-stripped", "uncased"}) {
    auto contents = [&](const char *file) {
      auto read = readFile(std::string(TENON_GOLDENS "/tokenizers/") + name +
                               "/" + file,
                           1 << 20);
      return read ? *read : std::string();
    };
    TENON_RETURN_IF_ERROR(writeFile(
        folder + "/tokenizer_json/" + name,
        contents("tokenizer.json") + zero + contents("tokenizer_config.json") +
            zero + contents("special_tokens_map.json") + zero + text + zero +
            "was it?" + zero + "not"));
    std::string vocabulary = contents("vocab.txt");
    for (char settings : {'\0', '\1', '\2', '\3'})
      if (!vocabulary.empty())
        TENON_RETURN_IF_ERROR(
            writeFile(folder + "/vocab_txt/" + name + char('0' + settings),
                      std::string(1, settings) + vocabulary + zero + text +
                          zero + "was it?"));
  }
  const std::string merges =
      "#version: 0.2\nt h\nth e\n\u0120 the\n\u00c3 \u00a9\n";
  const std::string vocabulary =
      R"({"t":0,"h":1,"e":2,"\u0120":3,"\u00c3":4,"\u00a9":5,"th":6,"the":7,
          "\u0120the":8,"\u00c3\u00a9":9,"<s>":10,"</s>":11,"<unk>":12})";
  TENON_RETURN_IF_ERROR(createFolders(folder + "/merges_txt"));
  for (char settings : {'\0', '\1', '\2', '\3'})
    TENON_RETURN_IF_ERROR(writeFile(
        folder + "/merges_txt/" + char('0' + settings),
        std::string(1, settings) + vocabulary + zero + merges + zero + text));
  TENON_RETURN_IF_ERROR(writeFile(
      folder + "/tokenizer_json/bpe",
      R"({"added_tokens":[{"id":9,"content":"<s>","single_word":false,
          "lstrip":false,"rstrip":false,"normalized":false,"special":true}],
          "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,
          "trim_offsets":true,"use_regex":true},"post_processor":{"type":
          "ByteLevel","add_prefix_space":true,"trim_offsets":true},
          "decoder":{"type":"ByteLevel"},"model":{"type":"BPE",
          "unk_token":"<s>","fuse_unk":true,"vocab":)" +
          vocabulary + R"(,"merges":[["t","h"],["th","e"]]}})" + zero + "{}" +
          zero + zero + text + zero + "the the" + zero + "not"));
  return Status::ok();
}

/// Texts of every kind, for each of the six tokenizers of text_fuzz.
static Status makeTextSeeds(const std::string &folder) {
  const std::string zero(1, '\0');
  const std::string texts[] = {
      "A tenon, na\u00efve \u00c5ngstr\u00f6m [MASK] \u4f60\u597d x2!",
      " e\u0301a\u0316\u0301 \u0130\u1e9e\ufb01 \uac01\u1100\u1161 ",
      "\u05d0\u05d1\u200f \u202eabc\u202c \u00a0\u3000\u2028\u200b\u00ad",
      "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u0301\u0301 [SEP][CLS] "
      "##ing",
      std::string(210, 'x') + " \t\r\n \x7f\x1b don't $5-10 U.S.A."};
  TENON_RETURN_IF_ERROR(createFolders(folder + "/text"));
  for (char tokenizer = 0; tokenizer < 6; ++tokenizer)
    for (char text = 0; text < 5; ++text)
      TENON_RETURN_IF_ERROR(writeFile(
          folder + "/text/" + char('0' + tokenizer) + char('0' + text),
          std::string{tokenizer, char(text * 37)} + texts[text] + zero +
              texts[(text + 1) % 5] + zero + "one" + zero + "[MASK]" + zero +
              texts[(text + 2) % 5]));
  return Status::ok();
}

/// The checkpoints of the goldens: their pipeline calls as requests, and the
/// files beside their weights.
static Status makeTaskSeeds(const std::string &folder) {
  const std::string zero(1, '\0');
  TENON_RETURN_IF_ERROR(createFolders(folder + "/request"));
  TENON_RETURN_IF_ERROR(createFolders(folder + "/model_files"));
  for (const auto &entry :
       std::filesystem::directory_iterator(TENON_GOLDENS "/checkpoints")) {
    std::string name = entry.path().filename().string();
    auto contents = [&](const char *file) {
      auto read = readFile(entry.path().string() + "/" + file, 1 << 24);
      return read ? *read : std::string();
    };
    for (char model : {'\0', '\x81'})
      TENON_RETURN_IF_ERROR(
          writeFile(folder + "/model_files/" + name + (model ? "-vocab" : ""),
                    model + contents("config.json") + zero +
                        contents("tokenizer_config.json") + zero +
                        contents("special_tokens_map.json") + zero +
                        "{\"[NEW]\": 7}" + zero + contents("modules.json") +
                        zero + contents("1_Pooling/config.json") + zero +
                        contents("sentence_bert_config.json") + zero +
                        contents("config_sentence_transformers.json")));
    TENON_ASSIGN_OR_RETURN(Json pipeline,
                           parseJson(contents("pipeline.json"), name));
    int count = 0;
    for (const Json &call : pipeline["calls"]) {
      Json request = {{"inputs", call["inputs"]},
                      {"parameters", call["options"]}};
      size_t task = std::find(std::begin(fuzz::tasks), std::end(fuzz::tasks),
                              call["task"].get<std::string>()) -
                    std::begin(fuzz::tasks);
      std::string text = request.dump();
      if (text.size() < 2000)
        TENON_RETURN_IF_ERROR(
            writeFile(folder + "/request/" + name + std::to_string(count++),
                      std::string{char(task), '\0'} + text));
    }
  }
  return Status::ok();
}

/// The images of the media tests, and settings of each processor.
static Status makeImageSeeds(const std::string &folder) {
  TENON_RETURN_IF_ERROR(createFolders(folder + "/image"));
  TENON_RETURN_IF_ERROR(createFolders(folder + "/processor"));
  for (const auto &entry : std::filesystem::directory_iterator(TENON_IMAGES)) {
    if (entry.path().extension() == ".rgb")
      continue;
    TENON_ASSIGN_OR_RETURN(std::string bytes,
                           readFile(entry.path().string(), 1 << 20));
    TENON_RETURN_IF_ERROR(writeFile(
        folder + "/image/" + entry.path().filename().string(), bytes));
  }
  int number = 0;
  for (const char *settings :
       {R"({"image_processor_type": "ViTImageProcessor", "size": {"height": 9,
            "width": 7}, "resample": 3, "image_mean": 0.5})",
        R"({"feature_extractor_type": "DeiTFeatureExtractor", "size": 12,
            "crop_size": 20, "resample": 1})",
        R"({"image_processor_type": "ConvNextImageProcessor", "size":
            {"shortest_edge": 12}, "crop_pct": 0.8, "do_normalize": false})",
        R"({"image_processor_type": "LevitImageProcessor", "size": 8,
            "crop_size": {"height": 5, "width": 6}, "do_rescale": false})"})
    TENON_RETURN_IF_ERROR(
        writeFile(folder + "/processor/" + std::to_string(number++),
                  std::string("\x11\x08") + settings));
  return Status::ok();
}

/// The calls of text-generation of the goldens.
static Status makeGenerationSeeds(const std::string &folder) {
  const std::string zero(1, '\0');
  TENON_RETURN_IF_ERROR(createFolders(folder + "/generation"));
  const char *file = TENON_GOLDENS "/generation/pipeline.json";
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(file, 1 << 24));
  TENON_ASSIGN_OR_RETURN(Json pipeline, parseJson(text, file));
  int count = 0;
  for (const Json &call : pipeline["calls"]) {
    Json request = {{"inputs", call["inputs"]},
                    {"parameters", call["options"]}};
    char first = char(count % 16), steps = char(count % 5);
    TENON_RETURN_IF_ERROR(
        writeFile(folder + "/generation/" + std::to_string(count++),
                  std::string{first, steps} + call["generation_config"].dump() +
                      zero + call["config"].dump() + zero + request.dump()));
  }
  return Status::ok();
}

static Status makeSeeds(const std::string &folder) {
  TENON_RETURN_IF_ERROR(makeTokenizerSeeds(folder));
  TENON_RETURN_IF_ERROR(makeTextSeeds(folder));
  TENON_RETURN_IF_ERROR(makeTaskSeeds(folder));
  TENON_RETURN_IF_ERROR(makeImageSeeds(folder));
  TENON_RETURN_IF_ERROR(makeGenerationSeeds(folder));
  for (const char *target : {"artifact", "safetensors", "toml", "json"})
    TENON_RETURN_IF_ERROR(createFolders(folder + "/" + target));
  TestModel model = makeTestModel();
  model.assets = {{"config.json", "{}"}};
  std::string file = folder + "/m.tenon";
  TENON_RETURN_IF_ERROR(model.write(file));
  TENON_ASSIGN_OR_RETURN(std::string artifact, readFile(file, 1 << 24));
  model.addConstantTo(model.addTarget("gpu", {{"gather_desktop", "code"}}),
                      "own", {2}, {1, 2});
  TENON_RETURN_IF_ERROR(model.write(file));
  TENON_ASSIGN_OR_RETURN(std::string forTwo, readFile(file, 1 << 24));
  TENON_RETURN_IF_ERROR(
      writeFile(folder + "/artifact/two", std::string(1, '\0') + forTwo));
  std::filesystem::remove(file);
  TENON_RETURN_IF_ERROR(writeFile(folder + "/artifact/artifact",
                                  std::string(1, '\0') + artifact));
  TENON_RETURN_IF_ERROR(
      writeFile(folder + "/artifact/plan", "\1" + model.plan.build()));

  SafetensorsWriter tensors;
  std::vector<uint8_t> data(24);
  tensors.add("a.weight", SafetensorsType::F32, {2, 3}, data);
  tensors.add("b", SafetensorsType::U8, {0}, {});
  TENON_RETURN_IF_ERROR(tensors.write(folder + "/safetensors/two"));
  TENON_RETURN_IF_ERROR(writeFile(
      folder + "/toml/policy",
      "[rules]\nepilogue = false\n[[op]]\nid = \"a*\"\ntile = [1, 2]\n"));
  return writeFile(folder + "/json/request",
                   "{\"inputs\": [\"a\\u00e9\", 1.5e3, null], \"parameters\": "
                   "{\"top_k\": 2}, \"id2label\": {\"0\": \"x\"}}");
}

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_seeds FOLDER\n");
    return 2;
  }
  Status status = makeSeeds(argv[1]);
  if (!status)
    std::fprintf(stderr, "make_seeds: error: %s\n", status.render().c_str());
  return static_cast<int>(status.code());
}
