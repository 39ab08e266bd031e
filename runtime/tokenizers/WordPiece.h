//===- WordPiece.h - greedy longest match -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The WordPiece model, as models/wordpiece/mod.rs of `tokenizers` 0.22.2.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_WORDPIECE_H
#define TENON_RUNTIME_TOKENIZERS_WORDPIECE_H

#include "Model.h"

namespace tenon::tokenizers {

struct WordPieceOptions {
  std::string unknownToken = "[UNK]";
  std::string prefix = "##";  ///< Of tokens that continue a word.
  size_t maxCharacters = 100; ///< A word of more is unknown.
};

class WordPiece : public Model {
public:
  static Result<std::unique_ptr<Model>> make(VocabularyBuilder vocabulary,
                                             WordPieceOptions options,
                                             const std::string &where);

  /// Reads the model of a tokenizer.json.
  static Result<std::unique_ptr<Model>> parse(const JsonObject &object,
                                              VocabularyBuilder vocabulary);

  Status tokenize(std::string_view word,
                  std::vector<ModelToken> &out) const override;
  std::string_view continuingPrefix() const override { return options_.prefix; }
  std::string_view unknownToken() const override {
    return options_.unknownToken;
  }

private:
  Status addUnknown(std::string_view word, std::vector<ModelToken> &out) const;

  WordPieceOptions options_;
  std::optional<int32_t> unknown_;
  std::string where_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_WORDPIECE_H
