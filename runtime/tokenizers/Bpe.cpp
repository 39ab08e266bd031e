//===- Bpe.cpp - byte-pair encoding -----------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Bpe.h"

#include "Unicode.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace tenon::tokenizers {

namespace {

/// A token of a word on its way, and the bytes it stands for.
struct Symbol {
  int32_t id;
  uint32_t size; ///< 0 when it was merged into the one before.
};

/// Words of at most so many symbols are merged by looking at all pairs for the
/// first one, without memory of their own: faster than a heap until there.
constexpr size_t kFew = 48;

/// Returns how many symbols are left.
size_t mergeFew(Symbol *symbols, size_t count, const MergeTable &merges) {
  uint32_t ranks[kFew];
  for (size_t i = 0; i + 1 < count; ++i)
    ranks[i] = merges.rank(symbols[i].id, symbols[i + 1].id);
  while (count > 1) {
    size_t at =
        static_cast<size_t>(std::min_element(ranks, ranks + count - 1) - ranks);
    if (ranks[at] == MergeTable::kNone)
      break;
    symbols[at].id = merges[ranks[at]].result;
    symbols[at].size += symbols[at + 1].size;
    --count;
    std::copy(symbols + at + 2, symbols + count + 1, symbols + at + 1);
    std::copy(ranks + at + 1, ranks + count, ranks + at);
    if (at > 0)
      ranks[at - 1] = merges.rank(symbols[at - 1].id, symbols[at].id);
    if (at + 1 < count)
      ranks[at] = merges.rank(symbols[at].id, symbols[at + 1].id);
  }
  return count;
}

/// The same for many: symbols are a linked list, and pairs wait in a heap.
void mergeMany(std::vector<Symbol> &symbols, const MergeTable &merges) {
  auto size = static_cast<uint32_t>(symbols.size());
  std::vector<uint32_t> previous(size), next(size);
  // A rank and, below it, the place of the left one.
  std::vector<uint64_t> heap;
  auto find = [&](uint32_t at) {
    uint32_t rank = merges.rank(symbols[at].id, symbols[next[at]].id);
    if (rank != MergeTable::kNone)
      heap.push_back(uint64_t(rank) << 32 | at);
    return rank != MergeTable::kNone;
  };
  for (uint32_t i = 0; i < size; ++i) {
    previous[i] = i - 1;
    next[i] = i + 1;
    if (i + 1 < size)
      find(i);
  }
  std::greater<uint64_t> later;
  std::make_heap(heap.begin(), heap.end(), later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    auto at = static_cast<uint32_t>(heap.back());
    const MergeTable::Merge &merge =
        merges[static_cast<uint32_t>(heap.back() >> 32)];
    heap.pop_back();
    uint32_t right = next[at];
    // Either side may have become another token since.
    if (symbols[at].size == 0 || right == size ||
        symbols[at].id != merge.left || symbols[right].id != merge.right)
      continue;
    symbols[at] = {merge.result, symbols[at].size + symbols[right].size};
    symbols[right].size = 0;
    next[at] = next[right];
    if (next[at] != size)
      previous[next[at]] = at;
    if (at != 0 && find(previous[at]))
      std::push_heap(heap.begin(), heap.end(), later);
    if (next[at] != size && find(at))
      std::push_heap(heap.begin(), heap.end(), later);
  }
  std::erase_if(symbols, [](const Symbol &symbol) { return symbol.size == 0; });
}

std::string inQuotes(std::string_view token) {
  std::string text = "'";
  return text.append(beginning(token, 80)) + "'";
}

} // namespace

/// The symbols of a word: in place if they are few.
class Bpe::Symbols {
public:
  void add(int32_t id, size_t size) {
    Symbol symbol{id, static_cast<uint32_t>(size)};
    if (count_ < kFew) {
      few_[count_++] = symbol;
      return;
    }
    if (count_ == kFew && many_.empty())
      many_.assign(few_, few_ + kFew);
    many_.push_back(symbol);
  }

  void merge(const MergeTable &merges) {
    if (many_.empty())
      count_ = mergeFew(few_, count_, merges);
    else
      mergeMany(many_, merges);
  }

  size_t size() const { return many_.empty() ? count_ : many_.size(); }
  const Symbol &operator[](size_t i) const {
    return many_.empty() ? few_[i] : many_[i];
  }

private:
  Symbol few_[kFew];
  size_t count_ = 0;
  std::vector<Symbol> many_; ///< All of them, if they don't fit.
};

Result<std::unique_ptr<Model>> Bpe::make(VocabularyBuilder vocabulary,
                                         BpeOptions options,
                                         const std::string &where) {
  auto model = std::make_unique<Bpe>();
  model->options_ = std::move(options);
  model->where_ = where;
  TENON_RETURN_IF_ERROR(model->vocabulary_.build(
      std::move(vocabulary.arena), std::move(vocabulary.entries),
      model->options_.prefix, where));
  TENON_RETURN_IF_ERROR(model->readMerges(vocabulary));
  if (model->options_.unknownToken)
    model->unknown_ = model->vocabulary_.find(*model->options_.unknownToken);
  model->makeCharacterTables();
  model->wordKinds_ = std::vector<std::atomic<uint8_t>>(
      model->vocabulary_.all().entries().size());
  return std::unique_ptr<Model>(std::move(model));
}

/// Finds the tokens of the merges, and those that they make.
Status Bpe::readMerges(const VocabularyBuilder &vocabulary) {
  std::vector<MergeTable::Merge> merges;
  merges.reserve(vocabulary.merges.size());
  std::string joined;
  for (const VocabularyBuilder::Merge &merge : vocabulary.merges) {
    std::string_view both(vocabulary.mergeArena.data() + merge.offset,
                          merge.leftSize + merge.rightSize);
    std::string_view left = both.substr(0, merge.leftSize);
    std::string_view right = both.substr(merge.leftSize), result = both;
    size_t prefix = options_.prefix.size();
    auto fail = [&](const std::string &what) {
      return Status::invalid(vocabulary.mergesWhere,
                             "merge " + std::to_string(merges.size() + 1) +
                                 " of " + inQuotes(left) + " and " +
                                 inQuotes(right) + ": " + what);
    };
    if (right.size() < prefix)
      return fail("the second one has no '" + options_.prefix + "'");
    if (prefix != 0) {
      joined.assign(left).append(right.substr(prefix));
      result = joined;
    }
    std::optional<int32_t> ids[3];
    const std::string_view tokens[3] = {left, right, result};
    for (int i = 0; i < 3; ++i) {
      ids[i] = vocabulary_.find(tokens[i]);
      if (!ids[i])
        return fail(inQuotes(tokens[i]) + " isn't in the vocabulary");
    }
    merges.push_back({*ids[0], *ids[1], *ids[2]});
  }
  return merges_.build(std::move(merges), vocabulary.firstMergeCounts,
                       vocabulary.mergesWhere);
}

void Bpe::makeCharacterTables() {
  for (char32_t c = 0; c < kDirect; ++c) {
    char bytes[4];
    std::string_view character(bytes, encodeUtf8(c, bytes));
    firstIds_[c] = vocabulary_.find(character).value_or(-1);
    const VocabularyEntry *rest = vocabulary_.rest().find(character);
    restIds_[c] = rest ? rest->id : -1;
  }
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string name = "<0x00>";
  for (size_t byte = 0; byte < 256; ++byte) {
    name[3] = kDigits[byte / 16];
    name[4] = kDigits[byte % 16];
    byteIds_[byte] = vocabulary_.find(name).value_or(-1);
  }
}

/// The id of a character by its place in a word, or -1.
int32_t Bpe::characterId(std::string_view character, bool first,
                         bool last) const {
  if (last && !options_.suffix.empty()) {
    std::string token = first ? std::string() : options_.prefix;
    token.append(character).append(options_.suffix);
    return vocabulary_.find(token).value_or(-1);
  }
  const char *at = character.data();
  char32_t c = decodeUtf8(at);
  if (c < kDirect)
    return first ? firstIds_[c] : restIds_[c];
  const VocabularyEntry *entry =
      (first ? vocabulary_.all() : vocabulary_.rest()).find(character);
  return entry ? entry->id : -1;
}

/// Adds a character as bytes, prefix and suffix included as the library has it.
/// False, and no change, if there is a byte without a token.
bool Bpe::addBytes(std::string_view character, bool first, bool last,
                   Symbols &symbols) const {
  const std::string_view parts[3] = {
      first ? std::string_view() : options_.prefix, character,
      last ? options_.suffix : std::string_view()};
  auto idOf = [&](char byte) {
    return byteIds_[static_cast<unsigned char>(byte)];
  };
  for (std::string_view part : parts)
    if (std::any_of(part.begin(), part.end(),
                    [&](char byte) { return idOf(byte) < 0; }))
      return false;
  for (std::string_view part : parts)
    for (char byte : part)
      symbols.add(idOf(byte), 1);
  return true;
}

Status Bpe::split(std::string_view word, Symbols &symbols) const {
  const char *at = word.data(), *begin = at, *end = at + word.size();
  // Bytes of an unknown token that is still to be added: behind the bytes of
  // later characters, where the library has it.
  size_t unknown = 0;
  auto addUnknown = [&] {
    if (unknown)
      symbols.add(*unknown_, unknown);
    unknown = 0;
  };
  while (at != end) {
    const char *start = at;
    char32_t c = decodeUtf8(at);
    auto size = static_cast<size_t>(at - start);
    bool first = start == begin, last = at == end;
    int32_t id = c < kDirect && !(last && !options_.suffix.empty())
                     ? (first ? firstIds_[c] : restIds_[c])
                     : characterId({start, size}, first, last);
    if (id >= 0) {
      addUnknown();
      symbols.add(id, size);
      continue;
    }
    if (options_.byteFallback && addBytes({start, size}, first, last, symbols))
      continue;
    if (!options_.unknownToken)
      continue;
    if (!unknown_)
      return Status::invalid(where_, "the unknown token " +
                                         inQuotes(*options_.unknownToken) +
                                         " isn't in the vocabulary, and " +
                                         inQuotes(word) + " needs it");
    if (!options_.fuseUnknown)
      addUnknown();
    unknown += size;
  }
  addUnknown();
  return Status::ok();
}

Status Bpe::tokenize(std::string_view word,
                     std::vector<ModelToken> &out) const {
  auto wordSize = static_cast<uint32_t>(word.size());
  const VocabularyEntry *entry = vocabulary_.all().find(word);
  size_t place =
      entry ? static_cast<size_t>(entry - vocabulary_.all().entries().data())
            : 0;
  uint8_t kind =
      entry ? wordKinds_[place].load(std::memory_order_relaxed) : HasParts;
  if (entry && (options_.ignoreMerges || kind == IsItself)) {
    out.push_back({entry->id, 0, wordSize});
    return Status::ok();
  }

  Symbols symbols;
  TENON_RETURN_IF_ERROR(split(word, symbols));
  symbols.merge(merges_);
  if (kind == Unseen) {
    bool itself = symbols.size() == 1 && symbols[0].id == entry->id &&
                  symbols[0].size == wordSize;
    wordKinds_[place].store(itself ? IsItself : HasParts,
                            std::memory_order_relaxed);
  }
  // As characters may be left out, and bytes be added, a token's place need not
  // be its own; the library has it so too.
  uint32_t begin = 0;
  for (size_t i = 0; i < symbols.size(); ++i) {
    begin = std::min(begin, wordSize - 1);
    uint32_t end = std::min(begin + symbols[i].size, wordSize);
    out.push_back({symbols[i].id, begin, end});
    begin = end;
  }
  return Status::ok();
}

Result<std::unique_ptr<Model>> Bpe::parse(const JsonObject &object,
                                          VocabularyBuilder vocabulary) {
  BpeOptions options;
  if (object.has("dropout")) {
    const JsonValue *dropout = object.find("dropout");
    if (!dropout->isNumber() || !(dropout->real >= 0 && dropout->real <= 1))
      return object.needs("dropout", "null or a number from 0 to 1");
    if (dropout->real != 0)
      return object.error(object.context() + " with dropout isn't supported");
  }
  if (object.has("unk_token")) {
    TENON_ASSIGN_OR_RETURN(options.unknownToken, object.string("unk_token"));
  }
  if (object.has("continuing_subword_prefix")) {
    TENON_ASSIGN_OR_RETURN(options.prefix,
                           object.string("continuing_subword_prefix"));
  }
  if (object.has("end_of_word_suffix")) {
    TENON_ASSIGN_OR_RETURN(options.suffix, object.string("end_of_word_suffix"));
  }
  TENON_ASSIGN_OR_RETURN(options.fuseUnknown,
                         object.boolean("fuse_unk", false));
  TENON_ASSIGN_OR_RETURN(options.byteFallback,
                         object.boolean("byte_fallback", false));
  TENON_ASSIGN_OR_RETURN(options.ignoreMerges,
                         object.boolean("ignore_merges", false));
  TENON_ASSIGN_OR_RETURN([[maybe_unused]] const JsonValue *vocab,
                         object.object("vocab"));
  TENON_ASSIGN_OR_RETURN([[maybe_unused]] const JsonValue *merges,
                         object.array("merges"));
  return make(std::move(vocabulary), std::move(options), object.where());
}

} // namespace tenon::tokenizers
