//===- merges_txt_fuzz.cpp - hostile vocab.json and merges.txt --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The input is a vocab.json, a merges.txt and a text, with a zero byte between
// them; the first byte chooses the settings. What loads encodes text with
// offsets that lie in it, and the text of tokens one by one is that of all.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/tokenizers/TextStream.h"
#include "runtime/tokenizers/Unicode.h"

using namespace tenon;
using namespace tenon::tokenizers;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const kConfigs[] = {
      "", R"({"add_prefix_space":true,"add_bos_token":true})",
      R"({"tokenizer_class":"RobertaTokenizer"})",
      R"({"clean_up_tokenization_spaces":true,"eos_token":"e"})"};
  if (size == 0)
    return 0;
  std::string_view rest(reinterpret_cast<const char *>(data) + 1, size - 1);
  TokenizerFiles files;
  files.tokenizerConfig = kConfigs[data[0] % 4];
  files.vocabJson = take(rest);
  files.mergesTxt = take(rest);
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files);
  if (!tokenizer) {
    require(!tokenizer.status().message().empty());
    return 0;
  }
  Result<Encoding> encoding = tokenizer->encode(TextInput(rest));
  require(encoding.isOk() == (findInvalidUtf8(rest) == std::string_view::npos));
  if (!encoding)
    return 0;
  size_t length = countCodePoints(rest);
  for (Encoding::Offset offset : encoding->offsets)
    require(offset.begin <= offset.end && offset.end <= length);
  TextStream stream(*tokenizer);
  std::string text;
  for (int32_t id : encoding->ids) {
    Result<std::string> more = stream.push(id);
    require(more.isOk() && findInvalidUtf8(*more) == std::string_view::npos);
    text += *more;
  }
  text += *stream.finish();
  Result<std::string> whole = tokenizer->decode(encoding->ids);
  require(whole && *whole == text);
  return 0;
}
