//===- PostProcessor.cpp - the fourth stage of a tokenizer ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Follows processors/*.rs and Encoding::merge_with of `tokenizers` 0.22.2.
//
//===----------------------------------------------------------------------===//

#include "PostProcessor.h"

#include <algorithm>

namespace tenon::tokenizers {

namespace {

/// Windows of both texts of a pair multiply: a hostile call stops here.
constexpr size_t kMaxWindows = size_t(1) << 20;
constexpr size_t kMaxOverflowTokens = size_t(1) << 27;

Result<int32_t> parseSpecial(const JsonObject &object, std::string_view key) {
  const JsonValue *pair = object.find(key);
  if (!pair || !pair->isArray() || pair->items.size() != 2 ||
      !pair->items[0].isString() || !pair->items[1].isInteger() ||
      pair->items[1].integer < 0 || pair->items[1].integer > INT32_MAX)
    return object.needs(key, "a token and its id");
  return static_cast<int32_t>(pair->items[1].integer);
}

} // namespace

PostProcessor PostProcessor::bert(int32_t cls, int32_t sep) {
  PostProcessor processor;
  processor.present_ = true;
  processor.setBert(cls, sep);
  return processor;
}

PostProcessor PostProcessor::roberta(int32_t cls, int32_t sep, bool trimOffsets,
                                     bool addPrefixSpace) {
  PostProcessor processor;
  processor.present_ = true;
  processor.setRoberta(cls, sep);
  if (trimOffsets)
    processor.trims_.push_back(addPrefixSpace);
  return processor;
}

PostProcessor PostProcessor::leading(std::optional<int32_t> bos) {
  PostProcessor processor;
  processor.present_ = true;
  if (bos)
    for (Template *pieces : {&processor.single_, &processor.pair_})
      pieces->insert(pieces->begin(), {Piece::Kind::Special, 0, {*bos}});
  return processor;
}

void PostProcessor::setBert(int32_t cls, int32_t sep) {
  using Kind = Piece::Kind;
  single_ = {{Kind::Special, 0, {cls}},
             {Kind::First, 0, {}},
             {Kind::Special, 0, {sep}}};
  pair_ = single_;
  pair_.push_back({Kind::Second, 1, {}});
  pair_.push_back({Kind::Special, 1, {sep}});
}

void PostProcessor::setRoberta(int32_t cls, int32_t sep) {
  using Kind = Piece::Kind;
  roberta_ = true;
  single_ = {{Kind::Special, 0, {cls}},
             {Kind::First, 0, {}},
             {Kind::Special, 0, {sep}}};
  pair_ = single_;
  pair_.push_back({Kind::Special, 0, {sep}});
  pair_.push_back({Kind::Second, 0, {}});
  pair_.push_back({Kind::Special, 0, {sep}});
}

Status PostProcessor::parseTemplate(const JsonObject &object,
                                    std::string_view key, Template &out) {
  TENON_ASSIGN_OR_RETURN(const JsonValue *list, object.array(key));
  TENON_ASSIGN_OR_RETURN(const JsonValue *special,
                         object.object("special_tokens"));
  out.clear();
  bool used[2] = {false, false};
  for (const JsonValue &item : list->items) {
    if (!item.isObject() || item.items.size() != 1)
      return object.needs(key, "an array of Sequence and SpecialToken");
    JsonObject piece(item.items[0], object.where(),
                     object.context() + " " + item.keys[0]);
    TENON_ASSIGN_OR_RETURN(std::string id, piece.string("id"));
    TENON_ASSIGN_OR_RETURN(int64_t typeId,
                           piece.integer("type_id", 0, INT32_MAX));
    Piece result{Piece::Kind::Special, static_cast<int32_t>(typeId), {}};
    if (item.keys[0] == "Sequence") {
      if (id != "A" && id != "B")
        return piece.needs("id", "A or B");
      bool second = id == "B";
      if (second && key == "single")
        return object.error(object.context() + " uses B for a single text");
      if (used[second])
        return object.error(object.context() + " that uses " + id +
                            " twice isn't supported");
      used[second] = true;
      result.kind = second ? Piece::Kind::Second : Piece::Kind::First;
    } else if (item.keys[0] == "SpecialToken") {
      const JsonValue *definition = special->find(id);
      const JsonValue *ids = definition ? definition->find("ids") : nullptr;
      if (!ids || !ids->isArray())
        return object.error(object.context() + " doesn't define the token '" +
                            id + "' that it uses");
      for (const JsonValue &value : ids->items) {
        if (!value.isInteger() || value.integer < 0 ||
            value.integer > INT32_MAX)
          return object.error(object.context() + " gives the token '" + id +
                              "' an id that isn't one");
        result.ids.push_back(static_cast<int32_t>(value.integer));
      }
    } else {
      return object.needs(key, "an array of Sequence and SpecialToken");
    }
    out.push_back(std::move(result));
  }
  return Status::ok();
}

Status PostProcessor::parseSequence(const JsonObject &object,
                                    const std::string &where) {
  TENON_ASSIGN_OR_RETURN(const JsonValue *list, object.array("processors"));
  for (size_t i = 0; i < list->items.size(); ++i) {
    const JsonValue *type = list->items[i].find("type");
    if (i + 1 < list->items.size() && type && type->isString() &&
        type->string != "ByteLevel")
      return object.error("post_processor Sequence with '" + type->string +
                          "' before its last place isn't supported");
    TENON_RETURN_IF_ERROR(parseObject(list->items[i], where, true));
  }
  return Status::ok();
}

Status PostProcessor::parseTrim(const JsonObject &object) {
  TENON_ASSIGN_OR_RETURN(bool trim, object.boolean("trim_offsets"));
  TENON_ASSIGN_OR_RETURN(bool prefix, object.boolean("add_prefix_space"));
  if (trim)
    trims_.push_back(prefix);
  return Status::ok();
}

Status PostProcessor::parseObject(const JsonValue &value,
                                  const std::string &where, bool nested) {
  TENON_ASSIGN_OR_RETURN(
      std::string type,
      JsonObject(value, where, "post_processor").string("type"));
  JsonObject object(value, where, "post_processor " + type);
  if (type == "TemplateProcessing") {
    TENON_RETURN_IF_ERROR(parseTemplate(object, "single", single_));
    return parseTemplate(object, "pair", pair_);
  }
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    TENON_ASSIGN_OR_RETURN(int32_t sep, parseSpecial(object, "sep"));
    TENON_ASSIGN_OR_RETURN(int32_t cls, parseSpecial(object, "cls"));
    if (type == "BertProcessing") {
      setBert(cls, sep);
      return Status::ok();
    }
    setRoberta(cls, sep);
    return parseTrim(object);
  }
  if (type == "ByteLevel")
    return parseTrim(object);
  if (type == "Sequence" && !nested)
    return parseSequence(object, where);
  return object.error("post_processor of type '" + type +
                      (nested ? "' in a Sequence" : "'") + " isn't supported");
}

Result<PostProcessor> PostProcessor::parse(const JsonValue &value,
                                           const std::string &where) {
  PostProcessor processor;
  if (value.isNull())
    return processor;
  processor.present_ = true;
  TENON_RETURN_IF_ERROR(processor.parseObject(value, where, false));
  return processor;
}

size_t PostProcessor::addedTokens(bool pair) const {
  size_t count = 0;
  for (const Piece &piece : pair ? pair_ : single_)
    count += piece.ids.size();
  return count;
}

/// The library works out the sequence of each token from ranges by text, and
/// takes an encoding that has only one range to be of the first text; without a
/// post-processor, overflowing windows have no range of their own.
void PostProcessor::setSequenceIds(Encoding &encoding,
                                   const TokenWindow spans[2],
                                   const bool present[2], Choice choice) const {
  bool ranged[2] = {present[0], present[1]};
  if (!present_) {
    bool pair = present[1];
    ranged[0] = pair && choice.first == 0;
    ranged[1] = pair && choice.second == 0;
  }
  if (!ranged[0]) {
    encoding.sequenceIds.assign(encoding.size(), 0);
    encoding.padSequenceId = 0;
    return;
  }
  encoding.sequenceIds.assign(encoding.size(), -1);
  for (int text = 0; text < 2; ++text)
    if (ranged[text])
      std::fill(encoding.sequenceIds.begin() +
                    static_cast<ptrdiff_t>(spans[text].begin),
                encoding.sequenceIds.begin() +
                    static_cast<ptrdiff_t>(spans[text].end),
                static_cast<int8_t>(text));
}

/// Moves offsets off the white space that byte-level tokens begin and end with.
void PostProcessor::trim(Encoding &encoding, size_t at, const TextTokens &text,
                         TokenWindow window) const {
  for (bool prefixSpace : trims_)
    for (size_t i = 0; i < window.end - window.begin; ++i) {
      auto [leading, trailing] = text.spaces[window.begin + i];
      Encoding::Offset &offset = encoding.offsets[at + i];
      if (leading) {
        bool first = i == 0 || offset.begin == 0;
        if (first && prefixSpace && leading == 1)
          leading = 0;
        offset.begin = std::min(offset.begin + leading, offset.end);
      }
      if (trailing && offset.end >= trailing)
        offset.end = std::max(offset.end - trailing, offset.begin);
    }
}

Encoding PostProcessor::combine(const Template &pieces,
                                const TextTokens *const texts[2],
                                const TextWindows &windows, Choice choice,
                                bool addSpecialTokens) const {
  size_t chosen[2] = {choice.first, choice.second};
  size_t total = 0;
  for (const Piece &piece : pieces) {
    if (piece.kind == Piece::Kind::Special) {
      total += addSpecialTokens ? piece.ids.size() : 0;
      continue;
    }
    size_t text = piece.kind == Piece::Kind::Second;
    TokenWindow window = windows[text][chosen[text]];
    total += window.end - window.begin;
  }

  Encoding encoding;
  encoding.ids.reserve(total);
  encoding.typeIds.reserve(total);
  encoding.specialTokensMask.reserve(total);
  encoding.offsets.reserve(total);
  encoding.wordIds.reserve(total);
  TokenWindow spans[2] = {{0, 0}, {0, 0}};
  bool present[2] = {false, false};
  for (const Piece &piece : pieces) {
    if (piece.kind == Piece::Kind::Special) {
      if (!addSpecialTokens)
        continue;
      size_t count = piece.ids.size();
      encoding.ids.insert(encoding.ids.end(), piece.ids.begin(),
                          piece.ids.end());
      encoding.typeIds.insert(encoding.typeIds.end(), count, piece.typeId);
      encoding.specialTokensMask.insert(encoding.specialTokensMask.end(), count,
                                        1);
      encoding.offsets.insert(encoding.offsets.end(), count, {0, 0});
      encoding.wordIds.insert(encoding.wordIds.end(), count, -1);
      continue;
    }
    size_t text = piece.kind == Piece::Kind::Second;
    const TextTokens &tokens = *texts[text];
    TokenWindow window = windows[text][chosen[text]];
    size_t at = encoding.ids.size(), count = window.end - window.begin;
    auto copy = [&](auto &to, const auto &from) {
      to.insert(to.end(), from.begin() + static_cast<ptrdiff_t>(window.begin),
                from.begin() + static_cast<ptrdiff_t>(window.end));
    };
    copy(encoding.ids, tokens.ids);
    copy(encoding.offsets, tokens.offsets);
    copy(encoding.wordIds, tokens.words);
    // Only the first window of a text gets the type of the template.
    int32_t typeId = piece.typeId;
    if (chosen[text] != 0)
      typeId = roberta_ && addSpecialTokens ? 0 : static_cast<int32_t>(text);
    encoding.typeIds.insert(encoding.typeIds.end(), count, typeId);
    encoding.specialTokensMask.insert(encoding.specialTokensMask.end(), count,
                                      0);
    if (trimsOffsets())
      trim(encoding, at, tokens, window);
    spans[text] = {at, at + count};
    present[text] = true;
  }
  encoding.attentionMask.assign(encoding.size(), 1);
  setSequenceIds(encoding, spans, present, choice);
  return encoding;
}

Result<Encoding> PostProcessor::process(const TextTokens &first,
                                        const TextTokens *second,
                                        const EncodeOptions &options) const {
  const TextTokens *const texts[2] = {&first, second};
  size_t sizes[2] = {first.size(), second ? second->size() : 0};
  TextWindows windows = {{{{0, sizes[0]}}, {{0, sizes[1]}}}};
  if (options.truncation) {
    SpecialCounts special;
    special.single = addedTokens(false);
    special.added =
        options.addSpecialTokens ? addedTokens(second != nullptr) : 0;
    TENON_ASSIGN_OR_RETURN(windows, truncate(*options.truncation, sizes,
                                             second != nullptr, special));
  }

  constexpr size_t mostTokens = size_t(1) << 24;
  for (const std::vector<TokenWindow> &some : windows)
    if (options.returnOverflow &&
        some.size() >
            mostTokens / std::max<size_t>(1, some[0].end - some[0].begin))
      return Status::invalid("stride", "makes " + std::to_string(some.size()) +
                                           " windows of the text, which are "
                                           "too many");
  const Template &pieces = second ? pair_ : single_;
  Encoding result =
      combine(pieces, texts, windows, {0, 0}, options.addSpecialTokens);
  if (!options.returnOverflow)
    return result;

  // In the order of merging encodings with their overflow one after another.
  size_t order[2], count = 0;
  for (const Piece &piece : pieces)
    if (piece.kind != Piece::Kind::Special)
      order[count++] = piece.kind == Piece::Kind::Second;
  if (count == 0)
    return result;
  size_t outer = windows[order[0]].size();
  size_t inner = count == 2 ? windows[order[1]].size() : 1;
  auto longest = [&](size_t text) {
    size_t tokens = 0;
    for (const TokenWindow &window : windows[text])
      tokens = std::max(tokens, window.end - window.begin);
    return tokens;
  };
  size_t each = longest(0) + longest(1) + addedTokens(second != nullptr);
  if (inner > kMaxWindows / outer ||
      outer * inner > kMaxOverflowTokens / (each + 1))
    return Status::invalid("truncation", "more than " +
                                             std::to_string(kMaxWindows) +
                                             " windows, or too many tokens in "
                                             "them");
  result.overflow.reserve(outer * inner - 1);
  auto add = [&](size_t i, size_t j) {
    size_t chosen[2] = {0, 0};
    chosen[order[0]] = i;
    if (count == 2)
      chosen[order[1]] = j;
    result.overflow.push_back(combine(pieces, texts, windows,
                                      {chosen[0], chosen[1]},
                                      options.addSpecialTokens));
  };
  for (size_t i = 1; i < outer; ++i)
    for (size_t j = 0; j < inner; ++j)
      add(i, j);
  for (size_t j = 1; j < inner; ++j)
    add(0, j);
  return result;
}

} // namespace tenon::tokenizers
