//===- EditDistance.cpp - "did you mean" ----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/EditDistance.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon {

size_t editDistance(std::string_view a, std::string_view b) {
  // The last three rows of the table of optimal string alignment.
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1),
      row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = std::min({replace, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> closest(std::string_view name,
                                   std::span<const std::string> candidates) {
  // Names come from files: a hostile one must not cost quadratic time.
  constexpr size_t longest = 200;
  if (name.size() > longest)
    return std::nullopt;
  const std::string *best = nullptr;
  size_t bestDistance = 0;
  for (const std::string &candidate : candidates) {
    if (candidate.size() > longest)
      continue;
    size_t distance = editDistance(name, candidate);
    size_t limit =
        std::max<size_t>(1, std::max(name.size(), candidate.size()) / 3);
    if (distance <= limit && distance < candidate.size() &&
        (!best || distance < bestDistance)) {
      best = &candidate;
      bestDistance = distance;
    }
  }
  return best ? std::optional(*best) : std::nullopt;
}

Status withSuggestion(Status status, std::string_view name,
                      std::span<const std::string> candidates,
                      std::string_view known) {
  if (auto near = closest(name, candidates))
    return std::move(status).help(concat("did you mean ", quote(*near), "?"));
  if (candidates.empty())
    return status;
  constexpr size_t shown = 10;
  std::string list =
      join(candidates.subspan(0, std::min(shown, candidates.size())), ", ");
  if (candidates.size() > shown)
    list += concat(", and ", candidates.size() - shown, " more");
  return std::move(status).help(concat(known, ": ", printable(list, 1000)));
}

} // namespace tenon
