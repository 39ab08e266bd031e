//===- vocab_txt_fuzz.cpp - hostile vocab.txt and texts ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The input is a vocab.txt and two texts, with a zero byte between them; the
// first byte chooses the settings. Only a text that is UTF-8 may be encoded,
// with offsets that lie in it and in order.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/tokenizers/Unicode.h"

using namespace tenon;
using namespace tenon::tokenizers;
using namespace tenon::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const kConfigs[] = {
      "", R"({"do_lower_case":false})",
      R"({"strip_accents":false,"tokenize_chinese_chars":false})",
      R"({"mask_token":{"content":"a","lstrip":true,"rstrip":true},
          "additional_special_tokens":["x y","\u00e9"]})"};
  if (size == 0)
    return 0;
  std::string_view rest(reinterpret_cast<const char *>(data) + 1, size - 1);
  TokenizerFiles files;
  files.tokenizerConfig = kConfigs[data[0] % 4];
  files.vocabTxt = take(rest);
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files);
  if (!tokenizer)
    return 0;
  std::string_view first = take(rest), second = rest;

  bool valid = findInvalidUtf8(first) == std::string_view::npos;
  Result<Encoding> encoding = tokenizer->encode(TextInput(first));
  require(valid || !encoding.isOk());
  if (!encoding)
    return 0; // Or the vocabulary lacks the unknown token.
  size_t length = countCodePoints(first);
  uint32_t last = 0;
  for (size_t i = 1; i + 1 < encoding->size(); ++i) {
    Encoding::Offset offset = encoding->offsets[i];
    require(offset.begin < offset.end && offset.end <= length);
    require(offset.begin + 1 >= last); // A character may give two tokens.
    last = offset.end;
  }
  (void)tokenizer->decode(encoding->ids);
  EncodeOptions options;
  options.truncation = Truncation{6, 1};
  options.returnOverflow = true;
  (void)tokenizer->encode({first, second}, options);
  return 0;
}
