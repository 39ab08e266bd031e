//===- Normalizer.cpp - the first stage of a tokenizer ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Normalizer.h"

#include "ByteLevel.h"
#include "Pattern.h"
#include "Unicode.h"

namespace tenon::tokenizers {

namespace {

class UnicodeNormalizer : public Normalizer {
public:
  explicit UnicodeNormalizer(NormalForm form) : form_(form) {}
  void normalize(NormalizedString &text) const override {
    text.normalize(form_);
  }

private:
  NormalForm form_;
};

class Lowercase : public Normalizer {
public:
  void normalize(NormalizedString &text) const override {
    if (text.isIdentity()) {
      char *bytes = text.identityBytes();
      for (size_t i = 0, size = text.text().size(); i < size; ++i)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
          bytes[i] += 'a' - 'A';
      return;
    }
    text.rewrite([](char32_t c, auto put) {
      char32_t lower[2];
      unsigned count = lowerCase(c, lower);
      for (unsigned i = 0; i < count; ++i)
        put(lower[i]);
    });
  }
};

class StripAccents : public Normalizer {
public:
  void normalize(NormalizedString &text) const override {
    if (text.isIdentity())
      return;
    const CharTable &table = CharTable::get();
    text.rewrite([&](char32_t c, auto put) {
      if (!table.is(c, CombiningMark))
        put(c);
    });
  }
};

class Strip : public Normalizer {
public:
  Strip(bool left, bool right) : left_(left), right_(right) {}
  void normalize(NormalizedString &text) const override {
    const CharTable &table = CharTable::get();
    std::string_view bytes = text.text();
    size_t begin = 0, end = bytes.size();
    while (left_ && begin < end) {
      const char *at = bytes.data() + begin;
      if (!table.is(decodeUtf8(at), Whitespace))
        break;
      begin = static_cast<size_t>(at - bytes.data());
    }
    while (right_ && begin < end) {
      size_t last = end - 1;
      while (isContinuationByte(bytes[last]))
        --last;
      const char *at = bytes.data() + last;
      if (!table.is(decodeUtf8(at), Whitespace))
        break;
      end = last;
    }
    if (begin != 0 || end != bytes.size())
      text.trim(begin, end);
  }

private:
  bool left_, right_;
};

class Replace : public Normalizer {
public:
  Replace(Pattern pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}
  void normalize(NormalizedString &text) const override {
    std::vector<NormalizedString::Match> matches;
    pattern_.find(text.text(), matches);
    text.replace(matches, content_);
  }

private:
  Pattern pattern_;
  std::string content_;
};

class Prepend : public Normalizer {
public:
  explicit Prepend(std::string content) : content_(std::move(content)) {}
  void normalize(NormalizedString &text) const override {
    text.prepend(content_);
  }

private:
  std::string content_;
};

/// The clean-up of SentencePiece's nmt_nfkc.
class Nmt : public Normalizer {
public:
  void normalize(NormalizedString &text) const override {
    text.rewrite([](char32_t c, auto put) {
      bool removed = (c >= 0x1 && c <= 0x8) || c == 0xB ||
                     (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F ||
                     c == 0x9F;
      bool space = c == 0x9 || c == 0xA || c == 0xC || c == 0xD ||
                   c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
                   c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
      if (!removed)
        put(space ? ' ' : c);
    });
  }
};

class NormalizerSequence : public Normalizer {
public:
  explicit NormalizerSequence(std::vector<std::unique_ptr<Normalizer>> stages)
      : stages_(std::move(stages)) {}
  void normalize(NormalizedString &text) const override {
    for (const std::unique_ptr<Normalizer> &stage : stages_)
      stage->normalize(text);
  }

private:
  std::vector<std::unique_ptr<Normalizer>> stages_;
};

Result<std::unique_ptr<Normalizer>> parseBert(const JsonObject &object) {
  BertNormalizerOptions options;
  TENON_ASSIGN_OR_RETURN(options.cleanText, object.boolean("clean_text"));
  TENON_ASSIGN_OR_RETURN(options.handleChineseChars,
                         object.boolean("handle_chinese_chars"));
  TENON_ASSIGN_OR_RETURN(options.lowercase, object.boolean("lowercase"));
  if (object.has("strip_accents")) {
    TENON_ASSIGN_OR_RETURN(options.stripAccents,
                           object.boolean("strip_accents"));
  }
  return std::unique_ptr<Normalizer>(new BertNormalizer(options));
}

} // namespace

Result<std::unique_ptr<Normalizer>>
Normalizer::parse(const JsonValue &value, const std::string &where) {
  using Pointer = std::unique_ptr<Normalizer>;
  if (value.isNull())
    return Pointer();
  TENON_ASSIGN_OR_RETURN(std::string type,
                         JsonObject(value, where, "normalizer").string("type"));
  JsonObject object(value, where, "normalizer " + type);
  if (type == "BertNormalizer" || type == "Bert")
    return parseBert(object);
  if (type == "NFC")
    return Pointer(new UnicodeNormalizer(NormalForm::NFC));
  if (type == "NFD")
    return Pointer(new UnicodeNormalizer(NormalForm::NFD));
  if (type == "NFKC")
    return Pointer(new UnicodeNormalizer(NormalForm::NFKC));
  if (type == "NFKD")
    return Pointer(new UnicodeNormalizer(NormalForm::NFKD));
  if (type == "Lowercase")
    return Pointer(new Lowercase());
  if (type == "StripAccents")
    return Pointer(new StripAccents());
  if (type == "ByteLevel")
    return makeByteLevelNormalizer();
  if (type == "Nmt")
    return Pointer(new Nmt());
  if (type == "Strip") {
    TENON_ASSIGN_OR_RETURN(bool left, object.boolean("strip_left"));
    TENON_ASSIGN_OR_RETURN(bool right, object.boolean("strip_right"));
    return Pointer(new Strip(left, right));
  }
  if (type == "Prepend") {
    TENON_ASSIGN_OR_RETURN(std::string content, object.string("prepend"));
    return Pointer(new Prepend(std::move(content)));
  }
  if (type == "Replace") {
    TENON_ASSIGN_OR_RETURN(Pattern pattern, Pattern::parse(object));
    TENON_ASSIGN_OR_RETURN(std::string content, object.string("content"));
    return Pointer(new Replace(std::move(pattern), std::move(content)));
  }
  if (type == "Sequence") {
    TENON_ASSIGN_OR_RETURN(const JsonValue *list, object.array("normalizers"));
    std::vector<Pointer> stages;
    for (const JsonValue &item : list->items) {
      TENON_ASSIGN_OR_RETURN(Pointer stage, parse(item, where));
      if (!stage)
        return object.error("a normalizer of a Sequence is null");
      stages.push_back(std::move(stage));
    }
    return Pointer(new NormalizerSequence(std::move(stages)));
  }
  return object.error("normalizer of type '" + type + "' isn't supported");
}

} // namespace tenon::tokenizers
