//===- HeadOutputs.h - what a head takes of a model -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_HEADOUTPUTS_H
#define TENON_RUNTIME_HEADS_HEADOUTPUTS_H

#include "runtime/Session.h"
#include "runtime/heads/ModelFiles.h"

#include <span>

namespace tenon::heads {

/// One item's part of an output of a batch. If it has an axis of tokens, that
/// is as long as the batch's longest text; those of this one come first.
struct RowView {
  const float *data;
  /// Of the row, without the batch: [padded tokens, hidden], say.
  std::span<const int64_t> shape;

  int64_t size() const {
    int64_t count = 1;
    for (int64_t s : shape)
      count *= s;
    return count;
  }
  /// The numbers of the first `tokens` tokens.
  std::span<const float> ofTokens(size_t tokens) const {
    return {data, tokens * static_cast<size_t>(size() / shape[0])};
  }
  std::span<const float> all() const {
    return {data, static_cast<size_t>(size())};
  }
};

/// An output that a head works on.
struct OutputSpec {
  /// Names that it may have, in the order of preference; none: the first
  /// output.
  std::vector<std::string_view> names;
  /// The number of its axes, the batch included; 0 for any.
  uint32_t rank = 0;
  /// Whether the axis behind the batch is that of the tokens.
  bool perToken = false;
};

/// That a model can't do what a head needs, and what it is for.
Status unsuitableModel(ModelFiles &files, std::string_view what);

/// The index of the entry that tasks run.
Result<uint32_t> findTaskEntry(ModelFiles &files);

/// The largest value of an axis that is a symbol, or its only one; SIZE_MAX if
/// that isn't known.
size_t largestAxis(const runtime::Plan &plan, uint32_t dim);
/// The smallest: the same if the model is for one size.
size_t smallestAxis(const runtime::Plan &plan, uint32_t dim);

/// Which outputs of an entry a head takes.
class HeadOutputs {
public:
  HeadOutputs() = default;

  /// Fails if the entry has no such outputs in f32.
  static Result<HeadOutputs> find(ModelFiles &files, uint32_t entry,
                                  std::span<const OutputSpec> wanted);

  size_t size() const { return outputs_.size(); }
  /// The size of an output's last axis; 0 if it varies.
  size_t width(size_t output) const { return widths_[output]; }
  /// Fails unless an output has a score for each label of config.json.
  Status checkLabels(size_t output, const Labels &labels) const;

  /// Called with the index of an item of a batch and its rows of the outputs.
  using Consume = std::function<void(size_t row, std::span<const RowView>)>;
  /// Cuts what an entry gave for a batch into rows; `tokens` is the length that
  /// outputs have for each token.
  Status forEachRow(std::span<const runtime::OutputTensor> outputs, size_t rows,
                    int64_t tokens, const Consume &consume) const;

private:
  std::vector<uint32_t> outputs_;
  std::vector<size_t> widths_;
  std::vector<bool> perToken_;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_HEADOUTPUTS_H
