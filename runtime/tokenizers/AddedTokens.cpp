//===- AddedTokens.cpp - tokens found in the text itself --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "AddedTokens.h"

#include "Unicode.h"

#include <algorithm>
#include <cstring>

namespace tenon::tokenizers {

namespace {

/// Longer ones would make looking for them slow.
constexpr size_t kMaxContent = 1024;

} // namespace

Result<AddedToken> AddedToken::parse(const JsonValue &value,
                                     const std::string &where,
                                     const std::string &context) {
  JsonObject object(value, where, context);
  AddedToken token;
  TENON_ASSIGN_OR_RETURN(token.content, object.string("content"));
  TENON_ASSIGN_OR_RETURN(token.singleWord, object.boolean("single_word"));
  TENON_ASSIGN_OR_RETURN(token.lstrip, object.boolean("lstrip"));
  TENON_ASSIGN_OR_RETURN(token.rstrip, object.boolean("rstrip"));
  TENON_ASSIGN_OR_RETURN(token.normalized, object.boolean("normalized"));
  TENON_ASSIGN_OR_RETURN(token.special, object.boolean("special"));
  return token;
}

void StringFinder::add(std::string_view text, uint32_t value) {
  int first = static_cast<unsigned char>(text[0]);
  first_[static_cast<size_t>(first)] = true;
  onlyFirst_ = onlyFirst_ == -1 || onlyFirst_ == first ? first : -2;
  uint32_t node = 0;
  for (char byte : text) {
    uint32_t child = nodes_[node].child;
    while (child && nodes_[child].byte != byte)
      child = nodes_[child].sibling;
    if (!child) {
      child = static_cast<uint32_t>(nodes_.size());
      Node added;
      added.byte = byte;
      added.sibling = nodes_[node].child;
      nodes_.push_back(added);
      nodes_[node].child = child;
    }
    node = child;
  }
  if (nodes_[node].value == UINT32_MAX)
    nodes_[node].value = value;
}

StringFinder::Found StringFinder::find(std::string_view text,
                                       size_t from) const {
  for (; from < text.size() && !empty(); ++from) {
    if (onlyFirst_ >= 0) {
      const void *found =
          std::memchr(text.data() + from, onlyFirst_, text.size() - from);
      if (!found)
        break;
      from =
          static_cast<size_t>(static_cast<const char *>(found) - text.data());
    } else if (!first_[static_cast<unsigned char>(text[from])]) {
      continue;
    }
    Found found{from, 0, UINT32_MAX};
    uint32_t node = 0;
    for (size_t at = from; at < text.size(); ++at) {
      uint32_t child = nodes_[node].child;
      while (child && nodes_[child].byte != text[at])
        child = nodes_[child].sibling;
      if (!child)
        break;
      node = child;
      if (nodes_[node].value != UINT32_MAX)
        found = {from, at + 1, nodes_[node].value};
    }
    if (found.value != UINT32_MAX)
      return found;
  }
  return {std::string_view::npos, 0, 0};
}

Status AddedVocabulary::add(const std::vector<AddedToken> &tokens,
                            const Model &model, const std::string &where) {
  for (const AddedToken &token : tokens)
    if (token.special && !token.content.empty() &&
        special_.insert(token.content).second)
      specialTokens_.push_back(token);

  // Tokens that there are already, flags included, are passed over.
  auto key = [](const AddedToken &token) {
    unsigned flags = token.singleWord | token.lstrip << 1 | token.rstrip << 2 |
                     token.normalized << 3 | token.special << 4;
    return static_cast<char>('A' + flags) + token.content;
  };
  std::unordered_set<std::string> existing;
  int64_t next = static_cast<int64_t>(model.vocabularySize());
  for (const auto &[id, token] : byId_) {
    existing.insert(key(token));
    next = std::max(next, int64_t(id) + 1);
  }

  for (const AddedToken &token : tokens) {
    if (token.content.empty() || !existing.insert(key(token)).second)
      continue;
    if (token.content.size() > kMaxContent)
      return Status::invalid(
          where, "an added token is longer than " +
                     std::to_string(kMaxContent) + " bytes: '" +
                     std::string(beginning(token.content, 40)) + "…'");
    std::optional<int32_t> known = tokenToId(token.content);
    if (!known)
      known = model.tokenToId(token.content);
    if (!known && next > INT32_MAX)
      return Status::invalid(where,
                             "there is no id left for the added token '" +
                                 token.content + "'");
    int32_t id = known ? *known : static_cast<int32_t>(next++);
    ids_[token.content] = id;
    byId_[id] = token;
    if (!special_.count(token.content))
      otherTokens_.push_back(token);
  }
  return Status::ok();
}

Status AddedVocabulary::finish(const Normalizer *normalizer, bool splitSpecial,
                               const std::string &where) {
  splitSpecial_ = splitSpecial;
  raw_ = normalized_ = StringFinder();
  NormalizedString content;
  for (const std::vector<AddedToken> *list : {&specialTokens_, &otherTokens_})
    for (const AddedToken &token : *list) {
      uint32_t id = static_cast<uint32_t>(ids_.at(token.content));
      if (!token.normalized) {
        raw_.add(token.content, id);
        continue;
      }
      content.assign(token.content, 0);
      if (normalizer)
        normalizer->normalize(content);
      if (content.empty())
        return Status::invalid(where, "nothing is left of the added token '" +
                                          token.content +
                                          "' when it is normalized");
      normalized_.add(content.text(), id);
    }
  return Status::ok();
}

void AddedVocabulary::split(std::string_view text, bool normalized,
                            std::vector<Part> &parts) const {
  const StringFinder &finder = normalized ? normalized_ : raw_;
  const CharTable &table = CharTable::get();
  auto add = [&](size_t begin, size_t end, int32_t id) {
    if (begin < end)
      parts.push_back(
          {static_cast<uint32_t>(begin), static_cast<uint32_t>(end), id});
  };
  size_t done = 0;
  for (size_t from = 0;;) {
    StringFinder::Found found = finder.find(text, from);
    if (found.begin == std::string_view::npos)
      break;
    from = found.end;
    int32_t id = static_cast<int32_t>(found.value);
    const AddedToken &token = byId_.at(id);
    if (splitSpecial_ && special_.count(token.content))
      continue;
    size_t begin = found.begin, end = found.end;
    if (token.singleWord) {
      const char *behind = text.data() + end;
      if (begin != 0 && table.is(lastCodePoint(text.substr(0, begin)), Word))
        continue;
      if (end != text.size() && table.is(decodeUtf8(behind), Word))
        continue;
    }
    if (token.lstrip) {
      while (begin != 0) {
        size_t last = begin - 1;
        while (isContinuationByte(text[last]))
          --last;
        const char *at = text.data() + last;
        if (!table.is(decodeUtf8(at), Whitespace))
          break;
        begin = last;
      }
      begin = std::max(begin, done);
    }
    if (token.rstrip)
      while (end != text.size()) {
        const char *at = text.data() + end;
        if (!table.is(decodeUtf8(at), Whitespace))
          break;
        end = static_cast<size_t>(at - text.data());
      }
    add(done, begin, -1);
    add(begin, end, id);
    done = end;
  }
  add(done, text.size(), -1);
}

std::optional<int32_t>
AddedVocabulary::tokenToId(std::string_view token) const {
  auto found = ids_.find(std::string(token));
  return found == ids_.end() ? std::nullopt
                             : std::optional<int32_t>(found->second);
}

std::optional<std::string_view> AddedVocabulary::idToToken(int32_t id) const {
  auto found = byId_.find(id);
  return found == byId_.end()
             ? std::nullopt
             : std::optional<std::string_view>(found->second.content);
}

int32_t AddedVocabulary::largestId() const {
  int32_t largest = -1;
  for (const auto &[id, token] : byId_)
    largest = std::max(largest, id);
  return largest;
}

size_t AddedVocabulary::sizeBeyond(const Model &model) const {
  size_t count = 0;
  for (const auto &[content, id] : ids_)
    count += !model.tokenToId(content);
  return count;
}

} // namespace tenon::tokenizers
