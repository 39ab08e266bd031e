//===- WordPiece.cpp - greedy longest match ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "WordPiece.h"

#include "Unicode.h"

#include <algorithm>

namespace tenon::tokenizers {

Result<std::unique_ptr<Model>> WordPiece::make(VocabularyBuilder vocabulary,
                                               WordPieceOptions options,
                                               const std::string &where) {
  auto model = std::make_unique<WordPiece>();
  TENON_RETURN_IF_ERROR(model->vocabulary_.build(std::move(vocabulary.arena),
                                                 std::move(vocabulary.entries),
                                                 options.prefix, where));
  model->unknown_ = model->vocabulary_.find(options.unknownToken);
  model->options_ = std::move(options);
  model->where_ = where;
  return std::unique_ptr<Model>(std::move(model));
}

Status WordPiece::addUnknown(std::string_view word,
                             std::vector<ModelToken> &out) const {
  if (!unknown_)
    return Status::invalid(where_,
                           "the unknown token '" + options_.unknownToken +
                               "' isn't in the vocabulary, and '" +
                               std::string(beginning(word, 80)) + "' needs it");
  out.push_back({*unknown_, 0, static_cast<uint32_t>(word.size())});
  return Status::ok();
}

Status WordPiece::tokenize(std::string_view word,
                           std::vector<ModelToken> &out) const {
  if (word.size() > options_.maxCharacters &&
      countCodePoints(word) > options_.maxCharacters)
    return addUnknown(word, out);

  size_t known = out.size();
  const StringIndex *index = &vocabulary_.all();
  for (size_t begin = 0; begin < word.size();) {
    size_t end = std::min(word.size(), begin + index->longest());
    auto backToBoundary = [&] {
      while (end > begin && end < word.size() && isContinuationByte(word[end]))
        --end;
    };
    const VocabularyEntry *entry = nullptr;
    for (backToBoundary(); end > begin; --end, backToBoundary())
      if ((entry = index->find(word.substr(begin, end - begin))))
        break;
    if (!entry) {
      out.resize(known);
      return addUnknown(word, out);
    }
    out.push_back(
        {entry->id, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    begin = end;
    index = &vocabulary_.rest();
  }
  return Status::ok();
}

Result<std::unique_ptr<Model>> WordPiece::parse(const JsonObject &object,
                                                VocabularyBuilder vocabulary) {
  WordPieceOptions options;
  TENON_ASSIGN_OR_RETURN(options.unknownToken, object.string("unk_token"));
  TENON_ASSIGN_OR_RETURN(options.prefix,
                         object.string("continuing_subword_prefix"));
  TENON_ASSIGN_OR_RETURN(
      int64_t maximum,
      object.integer("max_input_chars_per_word", 0, INT32_MAX));
  options.maxCharacters = static_cast<size_t>(maximum);
  TENON_ASSIGN_OR_RETURN([[maybe_unused]] const JsonValue *vocab,
                         object.object("vocab"));
  return make(std::move(vocabulary), std::move(options), object.where());
}

} // namespace tenon::tokenizers
