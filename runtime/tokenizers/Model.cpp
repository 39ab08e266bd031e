//===- Model.cpp - the third stage of a tokenizer ---------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Model.h"

#include "Bpe.h"
#include "WordPiece.h"

namespace tenon::tokenizers {

Result<std::unique_ptr<Model>> Model::parse(const JsonValue &value,
                                            VocabularyBuilder vocabulary,
                                            const std::string &where) {
  JsonObject untyped(value, where, "model");
  if (!value.isObject())
    return untyped.error("there is no model");
  // Old files name no type.
  std::string type = untyped.has("merges")                     ? "BPE"
                     : untyped.has("max_input_chars_per_word") ? "WordPiece"
                                                               : "";
  if (type.empty() || untyped.has("type")) {
    TENON_ASSIGN_OR_RETURN(type, untyped.string("type"));
  }
  JsonObject object(value, where, "model " + type);
  if (type == "WordPiece")
    return WordPiece::parse(object, std::move(vocabulary));
  if (type == "BPE")
    return Bpe::parse(object, std::move(vocabulary));
  return untyped.error("model of type '" + type + "' isn't supported");
}

} // namespace tenon::tokenizers
