//===- Session.cpp - calls of a model's entries ---------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include "runtime/DimValues.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::runtime {

using namespace format;

Result<std::unique_ptr<Session>>
Session::create(std::shared_ptr<const Model> model,
                const SessionOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto device,
                         model->program().createSession(options.threads));
  SessionOptions actual = options;
  actual.maxInstances = std::max<size_t>(1, actual.maxInstances);
  return std::unique_ptr<Session>(
      new Session(std::move(model), actual, std::move(device)));
}

Result<uint32_t> Session::findEntry(std::string_view name) const {
  if (std::optional<uint32_t> entry = plan().findEntry(name))
    return *entry;
  return withSuggestion(Status::invalid(model_->artifact().path(),
                                        concat("has no entry ", quote(name))),
                        name, plan().entryNames(), "its entries");
}

Result<std::span<const OutputTensor>>
Session::run(uint32_t entry, std::span<const InputTensor> inputs,
             std::span<const OutputBuffer> into, const ReplayHooks &hooks,
             StateRows state) {
  if (busy_.exchange(true, std::memory_order_acquire))
    return Status::invalid("session", "is used by another thread");
  // Also where memory runs out, which is an exception.
  struct Release {
    ~Release() { busy.store(false, std::memory_order_release); }
    std::atomic<bool> &busy;
  } release{busy_};
  return runAlone(entry, inputs, into, hooks, state);
}

Result<Session::Cached *>
Session::instanceFor(const InstanceKey &key, std::span<const int64_t> symbols) {
  for (auto at = cache_.begin(); at != cache_.end(); ++at) {
    if (at->instance->key() != key)
      continue;
    cache_.splice(cache_.begin(), cache_, at);
    TENON_RETURN_IF_ERROR(at->instance->update(symbols));
    return &cache_.front();
  }
  Cached made;
  TENON_ASSIGN_OR_RETURN(
      made.instance,
      PlanInstance::create(plan(), key, model_->program().variant(), symbols,
                           model_->artifact().path()));
  TENON_ASSIGN_OR_RETURN(made.replay, device_->prepare(*made.instance));
  if (cache_.size() >= options_.maxInstances)
    cache_.pop_back();
  cache_.push_front(std::move(made));
  return &cache_.front();
}

static bool holds(Relation relation, int64_t left, int64_t right) {
  switch (relation) {
  case Relation::Eq:
    return left == right;
  case Relation::Ne:
    return left != right;
  case Relation::Lt:
    return left < right;
  case Relation::Le:
    return left <= right;
  case Relation::Gt:
    return left > right;
  case Relation::Ge:
    return left >= right;
  }
  return false;
}

Status Session::checkConditions(const PlanInstance &instance) const {
  for (const Check &check : plan().checks(instance.entry())) {
    int64_t left = instance.dim(check.left), right = instance.dim(check.right);
    if (left == unknownDim || right == unknownDim ||
        !holds(check.relation, left, right))
      return Status::invalid(std::string(plan().text(instance.entry().name)),
                             std::string(plan().text(check.message)))
          .note(concat(plan().dimText(check.left), " is ", left, ", ",
                       plan().dimText(check.right), " is ", right));
  }
  return Status::ok();
}

Status Session::placeOutputs(const PlanInstance &instance,
                             std::span<const OutputBuffer> into,
                             std::vector<void *> &memory) const {
  std::span<const Port> ports = plan().outputs(instance.entry());
  for (size_t i = 0; i < ports.size(); ++i) {
    std::string_view name = plan().text(ports[i].name);
    for (const OutputBuffer &buffer : into) {
      if (buffer.name != name)
        continue;
      auto wrong = [&](std::string what) {
        return Status::invalid(std::string(name), std::move(what));
      };
      const std::vector<int64_t> &shape = instance.outputs()[i].shape;
      if (buffer.type != ports[i].type)
        return wrong(concat("is ", dtypeName(ports[i].type),
                            ", but the memory for it ",
                            dtypeName(buffer.type)));
      if (!std::equal(shape.begin(), shape.end(), buffer.shape.begin(),
                      buffer.shape.end()))
        return wrong(concat("is ", shapeText(shape), ", but the memory for it ",
                            shapeText(buffer.shape)));
      if (reinterpret_cast<uint64_t>(buffer.data) % dtypeSize(buffer.type))
        return wrong(concat("needs memory aligned to ", dtypeSize(buffer.type),
                            " bytes"));
      memory[i] = buffer.data;
    }
  }
  return Status::ok();
}

/// Which outputs the caller has memory for.
static Result<std::vector<bool>>
outputsGiven(const Plan &plan, const Entry &entry,
             std::span<const OutputBuffer> into) {
  std::vector<std::string> names;
  for (const Port &port : plan.outputs(entry))
    names.emplace_back(plan.text(port.name));
  std::vector<bool> given(names.size());
  for (const OutputBuffer &buffer : into) {
    auto found = std::find(names.begin(), names.end(), buffer.name);
    if (found == names.end())
      return withSuggestion(
          Status::invalid(printable(buffer.name),
                          concat("entry ", quote(plan.text(entry.name)),
                                 " has no such output")),
          buffer.name, names, "its outputs");
    if (!buffer.data)
      return Status::invalid(*found, "has no memory");
    given[found - names.begin()] = true;
  }
  return given;
}

Result<std::span<const OutputTensor>>
Session::runAlone(uint32_t index, std::span<const InputTensor> inputs,
                  std::span<const OutputBuffer> into, const ReplayHooks &hooks,
                  StateRows state) {
  const Entry &entry = plan().entries()[index];
  std::vector<uint32_t> allRows;
  if (state.state && state.rows.empty()) {
    for (uint32_t row = 0; row < state.state->rows(); ++row)
      allRows.push_back(row);
    state.rows = allRows;
  }
  TENON_RETURN_IF_ERROR(checkState(entry, state));
  TENON_ASSIGN_OR_RETURN(
      BoundInputs bound,
      bindInputs(plan(), index, inputs, lengthsOf(entry, state)));

  InstanceKey key;
  key.entry = index;
  key.symbols = bound.symbols;
  for (size_t i = 0; i < key.symbols.size(); ++i)
    if (plan().lateSymbols() >> i & 1)
      key.symbols[i] = unknownDim;
  std::vector<const void *> inputMemory;
  std::span<const Port> ports = plan().inputs(entry);
  for (size_t i = 0; i < ports.size(); ++i) {
    const InputTensor *tensor = bound.tensors[i];
    key.inputsGiven.push_back(tensor);
    inputMemory.push_back(nullptr);
    if (!tensor)
      continue;
    TENON_RETURN_IF_ERROR(checkElements(plan(), ports[i], *tensor));
    // An empty tensor may have no memory, but null stands for the default.
    inputMemory.back() = tensor->data ? tensor->data : &key;
  }
  TENON_ASSIGN_OR_RETURN(key.outputsGiven, outputsGiven(plan(), entry, into));

  TENON_ASSIGN_OR_RETURN(Cached * cached, instanceFor(key, bound.symbols));
  const PlanInstance &instance = *cached->instance;
  TENON_RETURN_IF_ERROR(checkConditions(instance));
  std::vector<void *> outputMemory(entry.outputs.count);
  TENON_RETURN_IF_ERROR(placeOutputs(instance, into, outputMemory));
  TENON_RETURN_IF_ERROR(
      replay(*cached, {inputMemory, outputMemory}, hooks, state));

  outputs_.clear();
  std::span<const Port> outputs = plan().outputs(entry);
  for (size_t i = 0; i < outputs.size(); ++i)
    outputs_.push_back({plan().text(outputs[i].name), outputs[i].type,
                        instance.outputs()[i].shape, outputMemory[i]});
  return std::span<const OutputTensor>(outputs_);
}

} // namespace tenon::runtime
