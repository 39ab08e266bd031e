//===- TextRunner.cpp - texts through an encoder --------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/TextRunner.h"

#include "runtime/heads/Batches.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::heads {

using runtime::DType;
using tokenizers::Encoding;

Result<TextRunner>
TextRunner::create(ModelFiles &files,
                   std::span<const OutputSpec> wantedOutputs) {
  const runtime::Plan &plan = files.model().plan();
  TextRunner runner;
  TENON_ASSIGN_OR_RETURN(runner.entry_, findTaskEntry(files));
  bool takesIds = false;
  for (const format::Port &port : plan.inputs(plan.entries()[runner.entry_])) {
    std::string_view name = plan.text(port.name);
    bool isIds = name == "input_ids", isMask = name == "attention_mask",
         isTypes = name == "token_type_ids";
    bool isText = port.type == DType::I64 && port.dims.count == 2;
    if (!(isIds || isMask || isTypes) || !isText) {
      if (port.defaultKind == format::DefaultKind::Required)
        return unsuitableModel(
            files, concat("takes no texts: it needs ", quote(name)));
      continue;
    }
    runner.takesMask_ |= isMask;
    runner.takesTypes_ |= isTypes;
    int64_t most = port.checked ? port.valueMax : INT32_MAX;
    if (isTypes)
      runner.maxType_ = most;
    if (!isIds)
      continue;
    takesIds = true;
    auto axes = plan.dimList(port.dims);
    runner.minBatch_ = smallestAxis(plan, axes[0]);
    runner.maxBatch_ = largestAxis(plan, axes[0]);
    runner.minTokens_ = smallestAxis(plan, axes[1]);
    runner.maxTokens_ = largestAxis(plan, axes[1]);
    runner.maxId_ = most;
  }
  if (!takesIds)
    return unsuitableModel(files,
                           "takes no texts: it has no input 'input_ids'");

  TENON_ASSIGN_OR_RETURN(
      runner.outputs_, HeadOutputs::find(files, runner.entry_, wantedOutputs));
  TENON_ASSIGN_OR_RETURN(runner.tokenizer_, files.tokenizer());
  // A tokenizer names the inputs that its model wants.
  const std::vector<std::string> &wanted = runner.tokenizer_->modelInputNames();
  auto wants = [&](std::string_view name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  runner.takesTypes_ &= wants("token_type_ids");
  return runner;
}

Status TextRunner::encode(const tokenizers::EncodeInput &input,
                          const tokenizers::EncodeOptions &options, size_t item,
                          tokenizers::BatchEncoding &batch) const {
  // Before the memory for it is taken.
  if (options.padding)
    TENON_RETURN_IF_ERROR(checkLength(options.padding->toLength.value_or(0)));
  TENON_ASSIGN_OR_RETURN(Encoding encoding, tokenizer_->encode(input, options));
  std::vector<Encoding> windows = std::move(encoding.overflow);
  encoding.overflow.clear();
  windows.insert(windows.begin(), std::move(encoding));
  for (Encoding &window : windows) {
    TENON_RETURN_IF_ERROR(check(window));
    batch.encodings.push_back(std::move(window));
    batch.inputs.push_back(item);
  }
  return Status::ok();
}

Status TextRunner::checkLength(size_t tokens) const {
  if (tokens <= maxTokens_)
    return Status::ok();
  Status status = Status::invalid(
      "text", concat("gives ", tokens, " tokens, but the model takes at most ",
                     maxTokens_));
  if (lengthAdvice_.empty())
    return status;
  return std::move(status).help(lengthAdvice_);
}

Status TextRunner::check(const Encoding &encoding) const {
  if (encoding.size() == 0)
    return Status::invalid("text", "gives no tokens");
  TENON_RETURN_IF_ERROR(checkLength(encoding.size()));
  if (encoding.size() < minTokens_ && !takesMask_)
    return Status::invalid("text",
                           concat("gives ", encoding.size(),
                                  " tokens, but the model takes ", minTokens_,
                                  ", and no mask for fewer"));
  for (int32_t id : encoding.ids)
    if (id < 0 || id > maxId_)
      return Status::invalid(
          "tokenizer",
          concat("token ", quote(tokenizer_->idToToken(id).value_or("?")),
                 " has id ", id, ", but the model's ids end at ", maxId_));
  for (int32_t type : encoding.typeIds)
    if (takesTypes_ && type > maxType_)
      return Status::invalid("text", concat("has a token of type ", type,
                                            ", but the model's types end at ",
                                            maxType_));
  return Status::ok();
}

Status TextRunner::run(runtime::Session &session,
                       std::span<const Encoding> encodings, size_t maxBatch,
                       const Progress &progress, const Consume &consume) const {
  constexpr size_t usualBatch = 32;
  size_t maxRows = std::min(maxBatch ? maxBatch : usualBatch, maxBatch_);
  std::vector<size_t> lengths;
  for (const Encoding &encoding : encodings)
    lengths.push_back(encoding.size());
  size_t done = 0;
  for (const std::vector<size_t> &batch : planBatches(lengths, maxRows)) {
    TENON_RETURN_IF_ERROR(runBatch(session, encodings, batch, consume));
    done += batch.size();
    if (progress && !progress(done, encodings.size()))
      return runtime::cancelledStatus();
  }
  return Status::ok();
}

Status TextRunner::runBatch(runtime::Session &session,
                            std::span<const Encoding> encodings,
                            std::span<const size_t> batch,
                            const Consume &consume) const {
  // Padding goes to the right whatever the tokenizer's side: positions count
  // from the left, and a text must not see how long its neighbours are.
  // A model for one size gets that.
  size_t rows = std::max(batch.size(), minBatch_);
  size_t columns = std::max(encodings[batch[0]].size(), minTokens_);
  int64_t pad =
      tokenizer_->specialTokenId(tokenizers::SpecialToken::Pad).value_or(0);
  std::vector<int64_t> ids(rows * columns, pad <= maxId_ ? pad : 0);
  std::vector<int64_t> mask(rows * columns), types(rows * columns);
  for (size_t row = 0; row < batch.size(); ++row) {
    const Encoding &encoding = encodings[batch[row]];
    auto to = [&](std::vector<int64_t> &v) {
      return v.begin() + row * columns;
    };
    std::copy(encoding.ids.begin(), encoding.ids.end(), to(ids));
    std::copy(encoding.attentionMask.begin(), encoding.attentionMask.end(),
              to(mask));
    std::copy(encoding.typeIds.begin(), encoding.typeIds.end(), to(types));
  }
  // Rows that are nobody's attend to something, too.
  for (size_t row = batch.size(); row < rows; ++row)
    mask[row * columns] = 1;
  int64_t shape[] = {static_cast<int64_t>(rows), static_cast<int64_t>(columns)};
  std::vector<runtime::InputTensor> inputs = {
      {"input_ids", DType::I64, shape, ids.data()}};
  if (takesMask_)
    inputs.push_back({"attention_mask", DType::I64, shape, mask.data()});
  if (takesTypes_)
    inputs.push_back({"token_type_ids", DType::I64, shape, types.data()});
  TENON_ASSIGN_OR_RETURN(auto outputs, session.run(entry_, inputs));
  return outputs_.forEachRow(outputs, rows, shape[1],
                             [&](size_t row, std::span<const RowView> views) {
                               if (row < batch.size())
                                 consume(batch[row], views);
                             });
}

} // namespace tenon::heads
