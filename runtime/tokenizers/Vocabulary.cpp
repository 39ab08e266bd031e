//===- Vocabulary.cpp - tokens and their ids --------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tenon::tokenizers {

namespace {

template <typename T> uint64_t load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

/// In the manner of wyhash: words of a few bytes in a few cycles.
uint64_t hashString(const char *at, size_t size, uint64_t seed) {
  constexpr uint64_t kA = 0xA0761D6478BD642F, kB = 0xE7037ED1A0B428DB;
  uint64_t first, last;
  if (size <= 3) {
    first = size ? static_cast<uint64_t>(static_cast<unsigned char>(at[0]))
                           << 16 |
                       static_cast<uint64_t>(
                           static_cast<unsigned char>(at[size / 2]))
                           << 8 |
                       static_cast<unsigned char>(at[size - 1])
                 : 0;
    last = 0;
  } else if (size <= 8) {
    first = load<uint32_t>(at);
    last = load<uint32_t>(at + size - 4);
  } else {
    while (size > 16) {
      seed = mix(load<uint64_t>(at) ^ kA, load<uint64_t>(at + 8) ^ seed);
      at += 16;
      size -= 16;
    }
    if (size >= 8) {
      first = load<uint64_t>(at);
      last = load<uint64_t>(at + size - 8);
    } else {
      // The bytes before belong to the string, as it has more than 8.
      first = load<uint64_t>(at + size - 8);
      last = size;
    }
  }
  return mix(first ^ kA ^ seed, last ^ kB ^ (seed + size));
}

/// Tables are half full at most: longer runs than this need strings that were
/// chosen to collide.
constexpr size_t kLongestProbe = 512;

} // namespace

bool StringIndex::tryBuild(std::vector<VocabularyEntry> &entries,
                           uint64_t seed) {
  seed_ = seed;
  entries_.clear();
  entries_.reserve(entries.size());
  slots_.assign(std::bit_ceil(entries.size() * 2 + 2), Slot{0, 0});
  mask_ = slots_.size() - 1;
  for (const VocabularyEntry &entry : entries) {
    uint64_t hash = hashString(arena_ + entry.offset, entry.size, seed);
    uint32_t tag = static_cast<uint32_t>(hash >> 32);
    size_t at = hash & mask_;
    bool known = false;
    for (size_t probes = 0; slots_[at].entry; at = (at + 1) & mask_) {
      if (++probes > kLongestProbe)
        return false;
      VocabularyEntry &other = entries_[slots_[at].entry - 1];
      if (slots_[at].tag == tag && other.size == entry.size &&
          !std::memcmp(arena_ + other.offset, arena_ + entry.offset,
                       entry.size)) {
        other.id = entry.id;
        known = true;
        break;
      }
    }
    if (known)
      continue;
    entries_.push_back(entry);
    slots_[at] = {tag, static_cast<uint32_t>(entries_.size())};
    longest_ = std::max<size_t>(longest_, entry.size);
  }
  return true;
}

Status StringIndex::build(const char *arena,
                          std::vector<VocabularyEntry> entries,
                          std::string_view where) {
  arena_ = arena;
  longest_ = 0;
  for (uint64_t seed : {0x589965CC75374CC3u, 0x1D8E4E27C47D124Fu,
                        0xEB44ACCAB455D165u, 0x9E3779B97F4A7C15u})
    if (tryBuild(entries, seed))
      return Status::ok();
  return Status::invalid(std::string(where),
                         "the tokens of the vocabulary collide");
}

const VocabularyEntry *StringIndex::find(std::string_view key) const {
  if (key.size() > longest_ || slots_.empty())
    return nullptr;
  uint64_t hash = hashString(key.data(), key.size(), seed_);
  uint32_t tag = static_cast<uint32_t>(hash >> 32);
  for (size_t at = hash & mask_; slots_[at].entry; at = (at + 1) & mask_) {
    if (slots_[at].tag != tag)
      continue;
    const VocabularyEntry &entry = entries_[slots_[at].entry - 1];
    if (entry.size == key.size() &&
        !std::memcmp(arena_ + entry.offset, key.data(), key.size()))
      return &entry;
  }
  return nullptr;
}

Status Vocabulary::build(std::string arena,
                         std::vector<VocabularyEntry> entries,
                         std::string_view prefix, std::string_view where) {
  arena_ = std::move(arena);
  std::vector<VocabularyEntry> rest;
  hasPrefix_ = !prefix.empty();
  for (const VocabularyEntry &entry : entries)
    if (hasPrefix_ && std::string_view(arena_.data() + entry.offset, entry.size)
                              .substr(0, prefix.size()) == prefix)
      rest.push_back({static_cast<uint32_t>(entry.offset + prefix.size()),
                      static_cast<uint32_t>(entry.size - prefix.size()),
                      entry.id});
  TENON_RETURN_IF_ERROR(rest_.build(arena_.data(), std::move(rest), where));
  TENON_RETURN_IF_ERROR(all_.build(arena_.data(), std::move(entries), where));

  const std::vector<VocabularyEntry> &known = all_.entries();
  for (const VocabularyEntry &entry : known)
    largestId_ = std::max(largestId_, entry.id);
  // Ids of a hostile file may be far apart.
  if (static_cast<size_t>(largestId_ + int64_t(1)) <=
      4 * known.size() + 65536) {
    dense_.assign(static_cast<size_t>(largestId_ + int64_t(1)), -1);
    for (size_t i = 0; i < known.size(); ++i)
      dense_[static_cast<size_t>(known[i].id)] = static_cast<int32_t>(i);
  } else {
    for (size_t i = 0; i < known.size(); ++i)
      sparse_.emplace_back(known[i].id, static_cast<uint32_t>(i));
    std::sort(sparse_.begin(), sparse_.end());
  }
  return Status::ok();
}

std::optional<std::string_view> Vocabulary::token(int32_t id) const {
  int64_t index = -1;
  if (id >= 0 && static_cast<size_t>(id) < dense_.size()) {
    index = dense_[static_cast<size_t>(id)];
  } else if (!sparse_.empty()) {
    auto found = std::upper_bound(sparse_.begin(), sparse_.end(),
                                  std::pair(id, UINT32_MAX));
    if (found != sparse_.begin() && found[-1].first == id)
      index = found[-1].second;
  }
  if (index < 0)
    return std::nullopt;
  const VocabularyEntry &entry = all_.entries()[static_cast<size_t>(index)];
  return std::string_view(arena_.data() + entry.offset, entry.size);
}

void VocabularyBuilder::begin(size_t bytes) {
  // Half of a vocabulary's JSON is quotes and numbers.
  arena.reserve(bytes / 2);
  entries.reserve(bytes / 12);
}

Status VocabularyBuilder::entry(std::string_view token, int64_t id) {
  if (id < 0 || id > INT32_MAX)
    return Status::invalid(where_, "the id " + std::to_string(id) +
                                       " of token '" + std::string(token) +
                                       "' is out of range");
  if (arena.size() + token.size() > INT32_MAX)
    return Status::invalid(where_, "the vocabulary is larger than 2 GiB");
  entries.push_back({static_cast<uint32_t>(arena.size()),
                     static_cast<uint32_t>(token.size()),
                     static_cast<int32_t>(id)});
  arena.append(token);
  return Status::ok();
}

Status VocabularyBuilder::merge(std::string_view left, std::string_view right) {
  if (mergeArena.size() + left.size() + right.size() > INT32_MAX)
    return Status::invalid(mergesWhere, "the merges are larger than 2 GiB");
  merges.push_back({static_cast<uint32_t>(mergeArena.size()),
                    static_cast<uint32_t>(left.size()),
                    static_cast<uint32_t>(right.size())});
  mergeArena.append(left);
  mergeArena.append(right);
  return Status::ok();
}

} // namespace tenon::tokenizers
