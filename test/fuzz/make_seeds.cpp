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

#include "support/File.h"
#include "support/Safetensors.h"

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
  return Status::ok();
}

static Status makeSeeds(const std::string &folder) {
  TENON_RETURN_IF_ERROR(makeTokenizerSeeds(folder));
  for (const char *target : {"artifact", "safetensors", "toml", "json"})
    TENON_RETURN_IF_ERROR(createFolders(folder + "/" + target));
  TestModel model = makeTestModel();
  model.assets = {{"config.json", "{}"}};
  std::string file = folder + "/m.tenon";
  TENON_RETURN_IF_ERROR(model.write(file));
  TENON_ASSIGN_OR_RETURN(std::string artifact, readFile(file, 1 << 24));
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
