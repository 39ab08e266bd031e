//===- HeadOutputs.cpp - what a head takes of a model ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/HeadOutputs.h"

#include "support/Text.h"

namespace tenon::heads {

Status unsuitableModel(ModelFiles &files, std::string_view what) {
  Status status =
      Status::invalid(files.model().artifact().path(), std::string(what));
  std::string_view task = files.task();
  if (task.empty())
    return status;
  return std::move(status).help(
      concat("it is for ", task, "; for others, compile with --task"));
}

Result<uint32_t> findTaskEntry(ModelFiles &files) {
  const std::string &name = files.model().artifact().manifest().entry;
  std::optional<uint32_t> entry = files.model().plan().findEntry(name);
  if (!entry)
    return unsuitableModel(files, concat("has no entry ", quote(name)));
  return *entry;
}

size_t largestAxis(const runtime::Plan &plan, uint32_t dim) {
  const format::DimNode &node = plan.dims()[dim];
  if (node.op == format::DimOp::Symbol)
    return static_cast<size_t>(plan.symbols()[node.a].max);
  if (node.op == format::DimOp::Constant && node.value > 0)
    return static_cast<size_t>(node.value);
  return SIZE_MAX;
}

size_t smallestAxis(const runtime::Plan &plan, uint32_t dim) {
  const format::DimNode &node = plan.dims()[dim];
  return node.op == format::DimOp::Constant ? largestAxis(plan, dim) : 1;
}

/// The index of the first output of an entry that has one of `names`, or of the
/// first of all if there are none.
static std::optional<uint32_t>
findOutput(const runtime::Plan &plan, std::span<const format::Port> outputs,
           std::span<const std::string_view> names) {
  if (names.empty() && !outputs.empty())
    return 0;
  for (std::string_view name : names)
    for (uint32_t i = 0; i < outputs.size(); ++i)
      if (plan.text(outputs[i].name) == name)
        return i;
  return std::nullopt;
}

Result<HeadOutputs> HeadOutputs::find(ModelFiles &files, uint32_t entry,
                                      std::span<const OutputSpec> wanted) {
  const runtime::Plan &plan = files.model().plan();
  auto ports = plan.outputs(plan.entries()[entry]);
  HeadOutputs outputs;
  for (const OutputSpec &spec : wanted) {
    std::optional<uint32_t> found = findOutput(plan, ports, spec.names);
    if (!found)
      return unsuitableModel(files,
                             concat("can't do this task: it has no output ",
                                    quote(spec.names[0])));
    const format::Port &port = ports[*found];
    bool isOfRank =
        spec.rank ? port.dims.count == spec.rank : port.dims.count >= 2;
    if (port.type != runtime::DType::F32 || !isOfRank)
      return unsuitableModel(files, concat("can't do this task: output ",
                                           quote(plan.text(port.name)), " is ",
                                           runtime::dtypeName(port.type),
                                           plan.dimsText(port.dims)));
    outputs.outputs_.push_back(*found);
    outputs.perToken_.push_back(spec.perToken);
    const format::DimNode &last = plan.dims()[plan.dimList(port.dims).back()];
    bool isFixed = last.op == format::DimOp::Constant && last.value > 0;
    outputs.widths_.push_back(isFixed ? static_cast<size_t>(last.value) : 0);
  }
  return outputs;
}

Status HeadOutputs::checkLabels(size_t output, const Labels &labels) const {
  if (labels.names.size() == width(output))
    return Status::ok();
  return Status::invalid(
      "config.json", concat("has ", plural(labels.names.size(), "label"),
                            ", but the model has ", width(output), " outputs"));
}

Status HeadOutputs::forEachRow(std::span<const runtime::OutputTensor> outputs,
                               size_t rows, int64_t tokens,
                               const Consume &consume) const {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const runtime::OutputTensor &output = outputs[outputs_[i]];
    if (output.shape[0] != int64_t(rows))
      return Status::invalid(std::string(output.name),
                             "has not one row for each input");
    if (perToken_[i] && output.shape[1] != tokens)
      return Status::invalid(std::string(output.name),
                             "has not one place for each token");
  }
  std::vector<RowView> views(outputs_.size());
  for (size_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < views.size(); ++i) {
      const runtime::OutputTensor &output = outputs[outputs_[i]];
      views[i] = {nullptr, output.shape.subspan(1)};
      views[i].data = output.floats().data() + int64_t(row) * views[i].size();
    }
    consume(row, views);
  }
  return Status::ok();
}

} // namespace tenon::heads
