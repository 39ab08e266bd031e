//===- PostProcessor.h - the fourth stage of a tokenizer --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The `post_processor` of a tokenizer.json: puts special tokens around one text
// and around a pair. All kinds are brought into one form, a template, when the
// file is read. Cutting long texts into windows is here too, as the windows of
// a pair are combined by template.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_POSTPROCESSOR_H
#define TENON_RUNTIME_TOKENIZERS_POSTPROCESSOR_H

#include "Encoding.h"
#include "Json.h"
#include "Truncation.h"

namespace tenon::tokenizers {

/// The tokens of one text before special tokens are added.
struct TextTokens {
  std::vector<int32_t> ids;
  std::vector<Encoding::Offset> offsets;
  std::vector<int32_t> words;
  /// White space that the token begins and ends with, in characters; only for
  /// post-processors that trim offsets.
  struct Spaces {
    uint32_t leading, trailing;
  };
  std::vector<Spaces> spaces;

  size_t size() const { return ids.size(); }
};

class PostProcessor {
public:
  /// Reads the object of a tokenizer.json, or JSON null.
  static Result<PostProcessor> parse(const JsonValue &value,
                                     const std::string &where);

  /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, as BertConverter of
  /// transformers makes it.
  static PostProcessor bert(int32_t cls, int32_t sep);

  /// `<s> A </s>` and `<s> A </s> </s> B </s>`, as RobertaConverter.
  static PostProcessor roberta(int32_t cls, int32_t sep, bool trimOffsets,
                               bool addPrefixSpace);

  /// `A` and `A B`, with a token before A if there is one, as GPT2Converter.
  static PostProcessor leading(std::optional<int32_t> bos);

  /// The number of special tokens around one text or a pair.
  size_t addedTokens(bool pair) const;

  /// Whether TextTokens::spaces is needed.
  bool trimsOffsets() const { return !trims_.empty(); }

  /// Truncates, adds special tokens and combines windows.
  Result<Encoding> process(const TextTokens &first, const TextTokens *second,
                           const EncodeOptions &options) const;

private:
  struct Piece {
    enum class Kind { First, Second, Special } kind;
    int32_t typeId;
    std::vector<int32_t> ids; ///< Of a Special.
  };
  using Template = std::vector<Piece>;
  /// One window of each text.
  struct Choice {
    size_t first, second;
  };

  static Status parseTemplate(const JsonObject &object, std::string_view key,
                              Template &out);
  Status parseObject(const JsonValue &value, const std::string &where,
                     bool nested);
  Status parseTrim(const JsonObject &object);
  Status parseSequence(const JsonObject &object, const std::string &where);
  void setBert(int32_t cls, int32_t sep);
  void setRoberta(int32_t cls, int32_t sep);
  Encoding combine(const Template &pieces, const TextTokens *const texts[2],
                   const TextWindows &windows, Choice choice,
                   bool addSpecialTokens) const;
  void setSequenceIds(Encoding &encoding, const TokenWindow spans[2],
                      const bool present[2], Choice choice) const;
  void trim(Encoding &encoding, size_t at, const TextTokens &text,
            TokenWindow window) const;

  Template single_ = {{Piece::Kind::First, 0, {}}};
  Template pair_ = {{Piece::Kind::First, 0, {}}, {Piece::Kind::Second, 1, {}}};
  bool present_ = false; ///< Without one, sequence ids differ.
  bool roberta_ = false; ///< All type ids are 0.
  /// What takes white space out of offsets, in order: whether each one leaves
  /// the space that a pre-tokenizer has put in front.
  std::vector<bool> trims_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_POSTPROCESSOR_H
