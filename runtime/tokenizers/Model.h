//===- Model.h - the third stage of a tokenizer -----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The `model` of a tokenizer.json: cuts words into tokens.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_MODEL_H
#define TENON_RUNTIME_TOKENIZERS_MODEL_H

#include "Vocabulary.h"

#include <memory>

namespace tenon::tokenizers {

/// A token and the bytes of the word that it stands for.
struct ModelToken {
  int32_t id;
  uint32_t begin, end;
};

/// Immutable: any number of threads may use one. A further kind of model is a
/// subclass in a file of its own, named in Model::parse.
class Model {
public:
  virtual ~Model() = default;

  /// Appends the tokens of a word, which isn't empty.
  virtual Status tokenize(std::string_view word,
                          std::vector<ModelToken> &out) const = 0;

  std::optional<int32_t> tokenToId(std::string_view token) const {
    return vocabulary_.find(token);
  }
  std::optional<std::string_view> idToToken(int32_t id) const {
    return vocabulary_.token(id);
  }

  /// The number of different tokens.
  size_t vocabularySize() const { return vocabulary_.size(); }
  int32_t largestId() const { return vocabulary_.largestId(); }

  /// What a token begins with that continues a word; empty if nothing does.
  virtual std::string_view continuingPrefix() const { return {}; }
  /// The token for what isn't in the vocabulary; empty if there is none.
  virtual std::string_view unknownToken() const { return {}; }

  /// Makes the model of a tokenizer.json; `vocabulary` holds model.vocab and
  /// model.merges.
  static Result<std::unique_ptr<Model>> parse(const JsonValue &value,
                                              VocabularyBuilder vocabulary,
                                              const std::string &where);

protected:
  Vocabulary vocabulary_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_MODEL_H
