//===- TokenScores.h - the scores of a row's next token ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_TOKENSCORES_H
#define TENON_RUNTIME_GENERATION_TOKENSCORES_H

#include "runtime/generation/ScoreMath.h"
#include "runtime/generation/TokenModel.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace tenon::generation {

/// Scores of the tokens that a row may go on with. At first these are all
/// tokens; what samplers leave out is forgotten, so that what follows looks at
/// few. A score of -inf means the same as being left out.
class TokenScores {
public:
  /// The tokens that the row has logits of.
  void assign(const RowLogits &row) {
    values_.assign(row.logits.begin(), row.logits.end());
    ids_.assign(row.tokens.begin(), row.tokens.end());
    isAll_ = row.tokens.empty();
    if (isAll_)
      return;
    std::vector<size_t> all(ids_.size());
    std::iota(all.begin(), all.end(), 0);
    std::ranges::sort(all, {}, [&](size_t index) { return ids_[index]; });
    take(all);
  }

  /// What there is, without a total.
  RowLogits row() const { return {values_, ids_}; }

  std::span<float> values() { return values_; }
  std::span<const float> values() const { return values_; }
  size_t size() const { return values_.size(); }

  /// The token that values()[index] belongs to. They ascend.
  int32_t token(size_t index) const {
    return isAll_ ? static_cast<int32_t>(index) : ids_[index];
  }

  /// Score of a token; only while none has been left out.
  float &of(int32_t token) {
    assert(isAll_ && "processors come before samplers");
    return values_[static_cast<size_t>(token)];
  }
  bool hasToken(int32_t token) const {
    assert(isAll_);
    return token >= 0 && static_cast<size_t>(token) < values_.size();
  }

  /// Leaves out all tokens but those for which `keep(index, score)` holds.
  template <typename Keep> void filter(Keep keep) {
    size_t kept = 0;
    if (isAll_)
      ids_.clear();
    for (size_t i = 0; i < values_.size(); ++i) {
      if (!keep(i, values_[i]))
        continue;
      values_[kept] = values_[i];
      if (isAll_)
        ids_.push_back(static_cast<int32_t>(i));
      else
        ids_[kept] = ids_[i];
      ++kept;
    }
    values_.resize(kept);
    ids_.resize(kept);
    isAll_ = false;
  }

  /// Leaves out all but those at these indices, in any order.
  void keepOnly(std::vector<size_t> indices) {
    std::sort(indices.begin(), indices.end());
    take(indices);
  }

private:
  /// Leaves the scores at these indices, in this order.
  void take(std::span<const size_t> indices) {
    std::vector<int32_t> ids;
    std::vector<float> values;
    for (size_t index : indices) {
      ids.push_back(token(index));
      values.push_back(values_[index]);
    }
    ids_ = std::move(ids);
    values_ = std::move(values);
    isAll_ = false;
  }

  std::vector<float> values_;
  std::vector<int32_t> ids_; ///< Unless all tokens are there.
  bool isAll_ = true;
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_TOKENSCORES_H
