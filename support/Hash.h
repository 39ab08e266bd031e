//===- Hash.h - content hashes ----------------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// XXH3, which is fast and finds every accident. It is no defence against
// somebody who makes two inputs with the same hash on purpose.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_HASH_H
#define TENON_SUPPORT_HASH_H

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tenon {

struct Hash128 {
  uint64_t low = 0, high = 0;

  auto operator<=>(const Hash128 &) const = default;
  /// 32 hexadecimal digits, high half first.
  std::string toString() const;
};

uint64_t hash64(std::span<const uint8_t> bytes);
Hash128 hash128(std::span<const uint8_t> bytes);
inline Hash128 hash128(std::string_view text) {
  return hash128(
      std::span(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
}

/// hash128 of bytes that arrive in pieces.
class Hasher {
public:
  Hasher();
  Hasher(Hasher &&) noexcept;
  ~Hasher();

  Hasher &update(std::span<const uint8_t> bytes);
  /// Adds the size as well, so that `ab`, `c` differs from `a`, `bc`.
  Hasher &updateText(std::string_view text);
  Hasher &updateInteger(uint64_t value);
  Hash128 finish() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace tenon

#endif // TENON_SUPPORT_HASH_H
