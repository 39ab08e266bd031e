//===- tokenizer_json_fuzz.cpp - hostile tokenizer.json ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The input is a tokenizer.json, a tokenizer_config.json, a
// special_tokens_map.json and texts, with a zero byte between them. Whatever
// loads must encode and decode without a fault, and its arrays must agree.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"

#include "runtime/tokenizers/TextStream.h"
#include "runtime/tokenizers/Unicode.h"

using namespace tenon;
using namespace tenon::tokenizers;
using namespace tenon::fuzz;

namespace {

void check(const Encoding &encoding) {
  size_t size = encoding.size();
  require(encoding.typeIds.size() == size && encoding.offsets.size() == size &&
          encoding.attentionMask.size() == size &&
          encoding.specialTokensMask.size() == size &&
          encoding.wordIds.size() == size &&
          encoding.sequenceIds.size() == size);
  for (size_t i = 0; i < size; ++i)
    require(encoding.ids[i] >= 0 &&
            encoding.offsets[i].begin <= encoding.offsets[i].end);
  for (const Encoding &window : encoding.overflow)
    check(window);
}

/// Text that comes in pieces is text, and begins anew at its end.
void streamed(const Tokenizer &tokenizer, const std::vector<int32_t> &ids) {
  DecodeOptions options;
  options.cleanUpTokenizationSpaces = ids.size() % 2 != 0;
  TextStream stream(tokenizer, options);
  auto isText = [](const Result<std::string> &text) {
    return !text || findInvalidUtf8(*text) == std::string_view::npos;
  };
  for (int32_t id : ids)
    require(isText(stream.push(id)));
  Result<std::string> last = stream.finish();
  require(isText(last));
  Result<std::string> again = stream.finish();
  require(!last || (again && again->empty()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view rest(reinterpret_cast<const char *>(data), size);
  TokenizerFiles files;
  files.tokenizerJson = take(rest);
  files.tokenizerConfig = take(rest);
  files.specialTokensMap = take(rest);
  Result<Tokenizer> tokenizer = Tokenizer::fromFiles(files);
  if (!tokenizer) {
    require(!tokenizer.status().message().empty());
    return 0;
  }
  std::string_view first = take(rest), second = take(rest);
  std::string_view words[] = {first, second, rest};

  EncodeOptions plain, cut;
  plain.addSpecialTokens = false;
  cut.truncation = Truncation{9, 1, TruncationStrategy::LongestFirst,
                              first.size() % 2 ? Side::Left : Side::Right};
  cut.padding = Padding();
  cut.padding->padId = 0;
  cut.returnOverflow = true;
  const EncodeInput inputs[] = {
      EncodeInput(first), EncodeInput(first, second),
      TextInput(std::span<const std::string_view>(words))};
  for (const EncodeInput &input : inputs)
    for (const EncodeOptions &options : {plain, cut}) {
      Result<Encoding> encoding = tokenizer->encode(input, options);
      if (!encoding)
        continue;
      check(*encoding);
      (void)tokenizer->decode(encoding->ids);
      streamed(*tokenizer, encoding->ids);
    }
  int32_t last = std::min(tokenizer->largestId(), 1000);
  std::vector<int32_t> ids;
  for (int32_t id = 0; id <= last; ++id) {
    ids.push_back(id);
    if (auto token = tokenizer->idToToken(id))
      require(tokenizer->tokenToId(*token).has_value());
  }
  DecodeOptions skip;
  skip.skipSpecialTokens = true;
  (void)tokenizer->decode(ids, skip);
  return 0;
}
