//===- TextHead.h - heads of texts one by one -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTHEAD_H
#define TENON_RUNTIME_HEADS_TEXTHEAD_H

#include "runtime/heads/TextRunner.h"

#include "support/JsonWriter.h"

namespace tenon::heads {

/// What the model made of the texts of a request: items [0, size).
struct TextResults {
  std::span<const tokenizers::Encoding> encodings;
  std::span<const size_t> items; ///< Of each encoding, in rising order.
  std::span<const std::vector<float>> kept; ///< Of each encoding.

  size_t size() const { return encodings.size(); }
  /// The encodings of one item: several if it was cut into windows.
  TextResults ofItem(size_t item) const;
};

/// A head whose requests are texts or pairs, each of which the model sees once
/// (or window by window) and gives a row for. Derived classes say which texts a
/// request has, what to keep of a row, and how to write the answer; the texts
/// of all requests are batched together here.
class TextHead : public Head {
public:
  std::vector<Result<TaskAnswer>> run(runtime::Session &session,
                                      std::span<const TaskRequest> requests,
                                      const Progress &progress) const override;

protected:
  TextHead(const HeadInfo &info, TextRunner runner)
      : info_(info), runner_(runner) {}

  const TextRunner &runner() const { return runner_; }

  /// The texts of a request, checked.
  virtual Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const = 0;
  /// What the answer needs of a text's rows, one of each output.
  virtual std::vector<float> keep(const tokenizers::Encoding &encoding,
                                  std::span<const RowView> rows) const = 0;
  /// Writes the answer, from what was kept of each text.
  virtual Status answer(const TaskRequest &request, const TextResults &results,
                        JsonWriter &json) const = 0;

private:
  const HeadInfo &info_;
  TextRunner runner_;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTHEAD_H
