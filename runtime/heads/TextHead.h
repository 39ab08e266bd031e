//===- TextHead.h - heads of texts one by one -------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_TEXTHEAD_H
#define TENON_RUNTIME_HEADS_TEXTHEAD_H

#include "runtime/heads/TextOptions.h"
#include "runtime/heads/TextRunner.h"

#include "support/JsonWriter.h"

namespace tenon::heads {

/// What the model made of the texts of a request: `size()` encodings of items
/// 0, 1, …
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
                                      const Listener &listener) const override;

protected:
  TextHead(const HeadInfo &info, TextRunner runner);

  const TextRunner &runner() const { return runner_; }

  /// Encodes one input or a list of them, an item each. `read` makes what the
  /// tokenizer is given of an element, or an error.
  template <typename Read>
  Result<tokenizers::BatchEncoding>
  encodeInputs(const Json &inputs, const tokenizers::EncodeOptions &options,
               Read read) const {
    tokenizers::BatchEncoding batch;
    TENON_RETURN_IF_ERROR(
        forEachInput(inputs, [&](const Json &element, size_t item) -> Status {
          TENON_ASSIGN_OR_RETURN(tokenizers::EncodeInput input, read(element));
          return runner_.encode(input, options, item, batch);
        }));
    return batch;
  }

  /// The texts of a request, checked.
  virtual Result<tokenizers::BatchEncoding>
  encode(const TaskRequest &request) const = 0;
  /// What the answer needs of a text's rows, one of each output; if not
  /// overridden, all of the first. The request is one that encode() took.
  virtual std::vector<float> keep(const TaskRequest &request,
                                  const tokenizers::Encoding &encoding,
                                  std::span<const RowView> rows) const;
  /// Writes the answer, from what was kept of each text.
  virtual Status answer(const TaskRequest &request, const TextResults &results,
                        JsonWriter &json) const = 0;

private:
  const HeadInfo &info_;
  TextRunner runner_;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_TEXTHEAD_H
