//===- Tokenizer.cpp - text to token ids and back ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Tokenizer.h"

#include "TokenizerImpl.h"
#include "Unicode.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

/// The size of a text to encode, in bytes, at most.
constexpr size_t kMaxText = size_t(1) << 26;

/// The byte-level stand-in for a space.
constexpr char32_t kVisibleSpace = 0x120;

TextTokens::Spaces countSpaces(std::string_view text) {
  const CharTable &table = CharTable::get();
  auto isSpace = [&](char32_t c) {
    return c == kVisibleSpace || table.is(c, Whitespace);
  };
  TextTokens::Spaces spaces{0, 0};
  const char *at = text.data(), *end = at + text.size();
  while (at != end && isSpace(decodeUtf8(at)))
    ++spaces.leading;
  while (!text.empty() && isSpace(lastCodePoint(text))) {
    ++spaces.trailing;
    do
      text.remove_suffix(1);
    while (!text.empty() && isContinuationByte(text.data()[text.size()]));
  }
  return spaces;
}

} // namespace

void Tokenizer::Impl::add(TextTokens &out, int32_t id, Encoding::Offset offset,
                          int32_t word, std::string_view addedText) const {
  out.ids.push_back(id);
  out.offsets.push_back(offset);
  out.words.push_back(word);
  if (postProcessor.trimsOffsets())
    out.spaces.push_back(countSpaces(
        addedText.empty() ? model->idToToken(id).value_or("") : addedText));
}

/// Cuts the words of a text that has been split into tokens.
Status Tokenizer::Impl::encodeWords(const PreTokens &tokens, int32_t word,
                                    int32_t &nextWord, TextTokens &out,
                                    Scratch &scratch) const {
  const NormalizedString &text = tokens.text;
  for (const PreTokens::Span &span : tokens.spans) {
    scratch.modelTokens.clear();
    TENON_RETURN_IF_ERROR(
        model->tokenize(text.text().substr(span.begin, span.end - span.begin),
                        scratch.modelTokens));
    int32_t index = word >= 0 ? word : nextWord;
    ++nextWord;
    for (const ModelToken &token : scratch.modelTokens)
      add(out, token.id,
          {text.source(span.begin + token.begin),
           text.source(span.begin + token.end - 1) + 1},
          index, {});
  }
  return Status::ok();
}

/// Encodes what lies between two added tokens of the text as it was given.
/// `base` is the code point that it begins at.
Status Tokenizer::Impl::encodePart(std::string_view part, uint32_t base,
                                   int32_t word, int32_t &nextWord,
                                   TextTokens &out, Scratch &scratch) const {
  auto tooLong = [&] {
    return Status::invalid("text", "more than " +
                                       std::to_string(kMaxNormalizedSize) +
                                       " bytes when it is normalized");
  };
  PreTokens &tokens = scratch.tokens;
  auto encodeSpan = [&](size_t size) {
    if (size == 0)
      return Status::ok();
    tokens.spans.assign(1, {0, static_cast<uint32_t>(size)});
    if (preTokenizer)
      preTokenizer->split(tokens);
    if (tokens.text.isTooLong())
      return tooLong();
    return encodeWords(tokens, word, nextWord, out, scratch);
  };

  tokens.text.assign(part, base);
  if (normalizer)
    normalizer->normalize(tokens.text);
  if (tokens.text.isTooLong())
    return tooLong();
  if (!added.hasTokens(true))
    return encodeSpan(tokens.text.text().size());

  scratch.parts.clear();
  added.split(tokens.text.text(), true, scratch.parts);
  if (scratch.parts.size() == 1 && scratch.parts[0].id < 0)
    return encodeSpan(tokens.text.text().size());
  std::swap(scratch.whole, tokens.text);
  for (const AddedVocabulary::Part &found : scratch.parts) {
    if (found.id < 0) {
      tokens.text.copyFrom(scratch.whole, found.begin, found.end);
      TENON_RETURN_IF_ERROR(encodeSpan(found.end - found.begin));
      continue;
    }
    int32_t index = word >= 0 ? word : nextWord;
    ++nextWord;
    add(out, found.id,
        {scratch.whole.source(found.begin),
         scratch.whole.source(found.end - 1) + 1},
        index,
        scratch.whole.text().substr(found.begin, found.end - found.begin));
  }
  return Status::ok();
}

/// Encodes a text, or (word not negative) a word of one.
Status Tokenizer::Impl::encodePlain(std::string_view text,
                                    const std::string &name, int32_t word,
                                    TextTokens &out, Scratch &scratch) const {
  if (text.size() > kMaxText)
    return Status::invalid(name,
                           "more than " + std::to_string(kMaxText) + " bytes");
  if (size_t bad = findInvalidUtf8(text); bad != std::string_view::npos)
    return Status::invalid(name,
                           "byte " + std::to_string(bad) + ": invalid UTF-8");
  int32_t nextWord = 0;
  if (!added.hasTokens(false)) {
    if (!text.empty())
      return encodePart(text, 0, word, nextWord, out, scratch);
    return Status::ok();
  }

  scratch.rawParts.clear();
  added.split(text, false, scratch.rawParts);
  // Code points up to a byte; parts may overlap, but hardly ever do.
  size_t lastByte = 0;
  uint32_t lastPoint = 0;
  auto codePoint = [&](size_t byte) {
    if (byte < lastByte)
      lastByte = lastPoint = 0;
    lastPoint += static_cast<uint32_t>(
        countCodePoints(text.substr(lastByte, byte - lastByte)));
    lastByte = byte;
    return lastPoint;
  };
  for (const AddedVocabulary::Part &part : scratch.rawParts) {
    std::string_view bytes = text.substr(part.begin, part.end - part.begin);
    uint32_t begin = codePoint(part.begin);
    if (part.id < 0) {
      TENON_RETURN_IF_ERROR(
          encodePart(bytes, begin, word, nextWord, out, scratch));
      continue;
    }
    add(out, part.id, {begin, codePoint(part.end)}, word >= 0 ? word : nextWord,
        bytes);
    ++nextWord;
  }
  return Status::ok();
}

Status Tokenizer::Impl::encodeText(const TextInput &input, const char *name,
                                   TextTokens &out, Scratch &scratch) const {
  out.ids.clear();
  out.offsets.clear();
  out.words.clear();
  out.spaces.clear();
  if (!input.isWords)
    return encodePlain(input.text, name, -1, out, scratch);
  if (settings.refusesWords)
    return Status::invalid(name, "a text in words needs a tokenizer with "
                                 "add_prefix_space")
        .help("set \"add_prefix_space\": true in tokenizer_config.json, or "
              "give the text as it is");
  if (input.words.size() > INT32_MAX)
    return Status::invalid(name, "too many words");
  for (size_t i = 0; i < input.words.size(); ++i) {
    TENON_RETURN_IF_ERROR(encodePlain(
        input.words[i], std::string(name) + " word " + std::to_string(i),
        static_cast<int32_t>(i), out, scratch));
    if (out.size() > kMaxText)
      return Status::invalid(name, "too many tokens");
  }
  return Status::ok();
}

Result<Encoding> Tokenizer::Impl::encode(const EncodeInput &input,
                                         const EncodeOptions &options,
                                         Scratch &scratch) const {
  TENON_RETURN_IF_ERROR(
      encodeText(input.first, "text", scratch.texts[0], scratch));
  if (input.second)
    TENON_RETURN_IF_ERROR(
        encodeText(*input.second, "second text", scratch.texts[1], scratch));
  return postProcessor.process(
      scratch.texts[0], input.second ? &scratch.texts[1] : nullptr, options);
}

Status Tokenizer::Impl::padAll(std::span<Encoding> encodings,
                               const Padding &padding) const {
  std::optional<int32_t> id = padding.padId;
  if (!id)
    id = settings.specialIds[static_cast<size_t>(SpecialToken::Pad)];
  if (!id)
    return Status::invalid("padding", "the tokenizer has no pad token");
  size_t length = padding.toLength.value_or(0);
  if (!padding.toLength)
    for (const Encoding &encoding : encodings)
      length = std::max(length, encoding.size());
  if (length > kMaxText)
    return Status::invalid("padding", "a length of " + std::to_string(length) +
                                          " tokens is too much");
  if (size_t multiple = padding.multipleOf; multiple && length % multiple) {
    if (multiple > kMaxText)
      return Status::invalid("padding", "a multiple of " +
                                            std::to_string(multiple) +
                                            " tokens is too much");
    length += multiple - length % multiple;
  }
  for (Encoding &encoding : encodings)
    encoding.pad(length, *id, padding.padTypeId, padding.side);
  return Status::ok();
}

Result<Encoding> Tokenizer::encode(const EncodeInput &input,
                                   const EncodeOptions &options) const {
  Impl::Scratch scratch;
  TENON_ASSIGN_OR_RETURN(Encoding encoding,
                         impl_->encode(input, options, scratch));
  if (options.padding)
    TENON_RETURN_IF_ERROR(
        impl_->padAll(std::span(&encoding, 1), *options.padding));
  return encoding;
}

Result<BatchEncoding>
Tokenizer::encodeBatch(std::span<const EncodeInput> inputs,
                       const EncodeOptions &options) const {
  Impl::Scratch scratch;
  std::vector<Encoding> encodings;
  encodings.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    Result<Encoding> encoding = impl_->encode(inputs[i], options, scratch);
    if (!encoding)
      return encoding.takeStatus().note("in input " + std::to_string(i));
    encodings.push_back(std::move(*encoding));
  }
  if (options.padding)
    TENON_RETURN_IF_ERROR(impl_->padAll(encodings, *options.padding));

  BatchEncoding batch;
  for (size_t i = 0; i < encodings.size(); ++i) {
    std::vector<Encoding> overflow = std::move(encodings[i].overflow);
    encodings[i].overflow.clear();
    batch.encodings.push_back(std::move(encodings[i]));
    for (Encoding &window : overflow)
      batch.encodings.push_back(std::move(window));
    batch.inputs.resize(batch.encodings.size(), i);
  }
  return batch;
}

std::optional<std::string_view> Tokenizer::Impl::idToToken(int32_t id) const {
  std::optional<std::string_view> token = added.idToToken(id);
  return token ? token : model->idToToken(id);
}

Result<std::optional<std::string_view>>
Tokenizer::Impl::tokenToDecode(int32_t id, const DecodeOptions &options) const {
  if (id < 0)
    return Status::invalid("ids",
                           "the id " + std::to_string(id) + " is negative");
  std::optional<std::string_view> token = idToToken(id);
  if (token && options.skipSpecialTokens && added.isSpecial(*token))
    token.reset();
  return token;
}

Result<std::string>
Tokenizer::Impl::join(std::vector<std::string> tokens) const {
  std::string text;
  if (decoder)
    TENON_RETURN_IF_ERROR(decoder->decode(tokens));
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i != 0 && !decoder)
      text += ' ';
    text += tokens[i];
  }
  return text;
}

Result<std::string> Tokenizer::decode(std::span<const int32_t> ids,
                                      const DecodeOptions &options) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (int32_t id : ids) {
    TENON_ASSIGN_OR_RETURN(std::optional<std::string_view> token,
                           impl_->tokenToDecode(id, options));
    if (token)
      tokens.emplace_back(*token);
  }
  TENON_ASSIGN_OR_RETURN(std::string text, impl_->join(std::move(tokens)));
  if (options.cleanUpTokenizationSpaces.value_or(
          impl_->settings.cleanUpTokenizationSpaces))
    cleanUpTokenization(text);
  return text;
}

Result<std::string>
Tokenizer::decodeTokens(std::vector<std::string> tokens) const {
  return impl_->join(std::move(tokens));
}

std::optional<int32_t> Tokenizer::tokenToId(std::string_view token) const {
  std::optional<int32_t> id = impl_->added.tokenToId(token);
  return id ? id : impl_->model->tokenToId(token);
}

std::optional<std::string_view> Tokenizer::idToToken(int32_t id) const {
  return impl_->idToToken(id);
}

size_t Tokenizer::vocabularySize() const {
  return impl_->model->vocabularySize() +
         impl_->added.sizeBeyond(*impl_->model);
}

int32_t Tokenizer::largestId() const {
  return std::max(impl_->model->largestId(), impl_->added.largestId());
}

std::optional<std::string_view>
Tokenizer::specialToken(SpecialToken which) const {
  const auto &token = impl_->settings.special[static_cast<size_t>(which)];
  return token ? std::optional<std::string_view>(*token) : std::nullopt;
}

std::optional<int32_t> Tokenizer::specialTokenId(SpecialToken which) const {
  return impl_->settings.specialIds[static_cast<size_t>(which)];
}

const std::vector<int32_t> &Tokenizer::allSpecialIds() const {
  return impl_->settings.allSpecialIds;
}

size_t Tokenizer::specialTokensToAdd(bool pair) const {
  return impl_->postProcessor.addedTokens(pair);
}

size_t Tokenizer::modelMaxLength() const {
  return impl_->settings.modelMaxLength;
}

const std::vector<std::string> &Tokenizer::modelInputNames() const {
  return impl_->settings.modelInputNames;
}

Side Tokenizer::paddingSide() const { return impl_->settings.paddingSide; }
Side Tokenizer::truncationSide() const {
  return impl_->settings.truncationSide;
}

std::string_view Tokenizer::continuingPrefix() const {
  return impl_->model->continuingPrefix();
}

} // namespace tenon::tokenizers
