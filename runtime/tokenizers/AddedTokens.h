//===- AddedTokens.h - tokens found in the text itself ----------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The `added_tokens` of a tokenizer.json: [MASK] and the like, which are cut
// out of a text before the other stages see it. Follows added_vocabulary.rs of
// `tokenizers` 0.22.2.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_ADDEDTOKENS_H
#define TENON_RUNTIME_TOKENIZERS_ADDEDTOKENS_H

#include "Model.h"
#include "Normalizer.h"

#include <array>
#include <unordered_map>
#include <unordered_set>

namespace tenon::tokenizers {

struct AddedToken {
  std::string content;
  bool singleWord = false; ///< Not inside a word.
  bool lstrip = false;     ///< Takes the white space on its left.
  bool rstrip = false;     ///< Takes the white space on its right.
  bool normalized = true;  ///< Looked for in the normalized text.
  bool special = false;    ///< Left out by a decoder that is asked to.

  bool operator==(const AddedToken &) const = default;

  /// Reads content and flags; all flags are needed.
  static Result<AddedToken> parse(const JsonValue &value,
                                  const std::string &where,
                                  const std::string &context);
};

/// Finds the leftmost, then longest, of several strings.
class StringFinder {
public:
  /// Of equal strings the first counts.
  void add(std::string_view text, uint32_t value);
  bool empty() const { return nodes_.size() == 1; }

  struct Found {
    size_t begin, end;
    uint32_t value;
  };
  /// The first match at or behind `from`; begin is npos if there is none.
  Found find(std::string_view text, size_t from) const;

private:
  /// A tree of bytes; children are a linked list.
  struct Node {
    uint32_t child = 0, sibling = 0, value = UINT32_MAX;
    char byte = 0;
  };
  std::vector<Node> nodes_ = std::vector<Node>(1);
  std::array<bool, 256> first_{};
  int onlyFirst_ = -1; ///< The byte that all strings begin with; -2: several.
};

class AddedVocabulary {
public:
  /// Adds tokens. One that the model knows keeps its id; others get the next
  /// free one, as the library does: the id in a file isn't looked at. Call
  /// finish() when all are added.
  Status add(const std::vector<AddedToken> &tokens, const Model &model,
             const std::string &where);

  /// Makes the tables to find the tokens with. With `splitSpecial`, special
  /// tokens aren't found.
  Status finish(const Normalizer *normalizer, bool splitSpecial,
                const std::string &where);

  /// A part of a text: an added token, or (id -1) what lies between.
  struct Part {
    uint32_t begin, end;
    int32_t id;
  };
  /// Appends the parts of a text. `normalized`: look for the tokens that are
  /// normalized, otherwise for the others.
  void split(std::string_view text, bool normalized,
             std::vector<Part> &parts) const;
  bool hasTokens(bool normalized) const {
    return !(normalized ? normalized_ : raw_).empty();
  }

  std::optional<int32_t> tokenToId(std::string_view token) const;
  std::optional<std::string_view> idToToken(int32_t id) const;
  bool isSpecial(std::string_view token) const {
    return special_.count(std::string(token)) != 0;
  }
  bool contains(std::string_view token) const {
    return tokenToId(token).has_value();
  }
  int32_t largestId() const;
  /// The number of tokens that the model doesn't know.
  size_t sizeBeyond(const Model &model) const;

private:
  std::unordered_map<std::string, int32_t> ids_;
  std::unordered_map<int32_t, AddedToken> byId_;
  std::unordered_set<std::string> special_;
  std::vector<AddedToken> specialTokens_, otherTokens_;
  StringFinder raw_, normalized_;
  bool splitSpecial_ = false;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_ADDEDTOKENS_H
