//===- Vocabulary.h - tokens and their ids ----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A two-way map between tokens and ids, made once and then read by any number
// of threads. All tokens lie in one arena.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_VOCABULARY_H
#define TENON_RUNTIME_TOKENIZERS_VOCABULARY_H

#include "Json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::tokenizers {

/// A string of an arena and the id it stands for.
struct VocabularyEntry {
  uint32_t offset, size;
  int32_t id;
};

/// An open-addressing hash table over strings of an arena, at most half full.
/// Comparing 32 bits of the hash first makes a miss cost one access.
class StringIndex {
public:
  /// `entries` may name a string several times: the last one counts. Fails if
  /// the strings were chosen to collide.
  Status build(const char *arena, std::vector<VocabularyEntry> entries,
               std::string_view where);

  const VocabularyEntry *find(std::string_view key) const;

  /// The number of different strings.
  size_t size() const { return entries_.size(); }
  const std::vector<VocabularyEntry> &entries() const { return entries_; }
  /// The size of the longest string, in bytes.
  size_t longest() const { return longest_; }

private:
  struct Slot {
    uint32_t tag;   ///< High half of the hash.
    uint32_t entry; ///< One more than the entry, 0: free.
  };
  bool tryBuild(std::vector<VocabularyEntry> &entries, uint64_t seed);

  const char *arena_ = nullptr;
  std::vector<Slot> slots_;
  std::vector<VocabularyEntry> entries_;
  uint64_t seed_ = 0;
  size_t mask_ = 0, longest_ = 0;
};

class Vocabulary {
public:
  Vocabulary() = default;
  // The index points into the arena.
  Vocabulary(const Vocabulary &) = delete;
  Vocabulary &operator=(const Vocabulary &) = delete;

  /// `prefix`: how tokens begin that continue a word ("##"), for findRest().
  Status build(std::string arena, std::vector<VocabularyEntry> entries,
               std::string_view prefix, std::string_view where);

  std::optional<int32_t> find(std::string_view token) const {
    const VocabularyEntry *entry = all_.find(token);
    return entry ? std::optional<int32_t>(entry->id) : std::nullopt;
  }

  /// The token of an id, the last one given if there are several.
  std::optional<std::string_view> token(int32_t id) const;

  /// The number of different tokens; gaps and repeated ids don't count.
  size_t size() const { return all_.size(); }
  int32_t largestId() const { return largestId_; }

  const StringIndex &all() const { return all_; }
  /// Tokens that begin with the prefix, without it.
  const StringIndex &rest() const { return hasPrefix_ ? rest_ : all_; }

private:
  std::string arena_;
  StringIndex all_, rest_;
  /// Index into all_.entries() by id, or -1; sorted pairs if ids are sparse.
  std::vector<int32_t> dense_;
  std::vector<std::pair<int32_t, uint32_t>> sparse_;
  int32_t largestId_ = -1;
  bool hasPrefix_ = false;
};

/// Collects a vocabulary, and merges if there are any, from files.
class VocabularyBuilder : public VocabularySink {
public:
  explicit VocabularyBuilder(std::string where)
      : mergesWhere(where), where_(std::move(where)) {}

  void begin(size_t bytes) override;
  Status entry(std::string_view token, int64_t id) override;
  Status merge(std::string_view left, std::string_view right) override;

  std::string arena;
  std::vector<VocabularyEntry> entries;

  /// Two tokens that lie one behind the other in `mergeArena`.
  struct Merge {
    uint32_t offset, leftSize, rightSize;
  };
  std::string mergeArena;
  std::vector<Merge> merges;
  std::string mergesWhere;       ///< The file that they are from.
  bool firstMergeCounts = false; ///< Of equal ones; otherwise the last.

private:
  std::string where_;
};

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_VOCABULARY_H
