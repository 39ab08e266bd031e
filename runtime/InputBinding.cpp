//===- InputBinding.cpp - what the caller's tensors say -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/InputBinding.h"

#include "runtime/DimValues.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::runtime {

using namespace format;

namespace {

class Binder {
public:
  Binder(const Plan &plan, uint32_t entry, std::span<const int64_t> known)
      : plan_(plan), entry_(plan.entries()[entry]),
        ports_(plan.inputs(entry_)) {
    bound_.tensors.resize(ports_.size());
    bound_.symbols.assign(known.begin(), known.end());
    bound_.symbols.resize(plan.symbols().size(), unknownDim);
    boundBy_.resize(plan.symbols().size(), "the state");
  }

  Result<BoundInputs> run(std::span<const InputTensor> tensors) {
    for (const InputTensor &tensor : tensors)
      TENON_RETURN_IF_ERROR(match(tensor));
    for (size_t i = 0; i < ports_.size(); ++i) {
      if (const InputTensor *tensor = bound_.tensors[i]) {
        TENON_RETURN_IF_ERROR(bindSymbols(ports_[i], *tensor));
      } else if (ports_[i].defaultKind == DefaultKind::Required) {
        return Status::invalid(name(ports_[i]), "is missing");
      }
    }
    TENON_RETURN_IF_ERROR(checkAllBound());
    TENON_RETURN_IF_ERROR(checkDims());
    return std::move(bound_);
  }

private:
  std::string name(const Port &port) const {
    return std::string(plan_.text(port.name));
  }

  Status match(const InputTensor &tensor);
  Status bindSymbols(const Port &port, const InputTensor &tensor);
  Status checkAllBound() const;
  Status checkDims() const;

  const Plan &plan_;
  const Entry &entry_;
  std::span<const Port> ports_;
  BoundInputs bound_;
  std::vector<std::string_view> boundBy_; ///< The tensor that bound a symbol.
};

Status Binder::match(const InputTensor &tensor) {
  std::string where(tensor.name);
  auto port = std::find_if(ports_.begin(), ports_.end(), [&](const Port &p) {
    return plan_.text(p.name) == tensor.name;
  });
  if (port == ports_.end()) {
    std::vector<std::string> names;
    for (const Port &p : ports_)
      names.push_back(name(p));
    return withSuggestion(
        Status::invalid(printable(where),
                        concat("entry ", quote(plan_.text(entry_.name)),
                               " has no such input")),
        tensor.name, names, "its inputs");
  }
  const InputTensor *&place = bound_.tensors[port - ports_.begin()];
  if (place)
    return Status::invalid(where, "is given twice");
  place = &tensor;
  if (tensor.type != port->type)
    return Status::invalid(where,
                           concat("is ", dtypeName(tensor.type),
                                  ", but must be ", dtypeName(port->type)));
  if (tensor.shape.size() != port->dims.count)
    return Status::invalid(where, concat("is ", shapeText(tensor.shape),
                                         ", but must be ",
                                         plan_.dimsText(port->dims)));
  uint64_t address = reinterpret_cast<uint64_t>(tensor.data);
  if (address % dtypeSize(port->type))
    return Status::invalid(
        where, concat("must be aligned to ", dtypeSize(port->type), " bytes"));
  return Status::ok();
}

Status Binder::bindSymbols(const Port &port, const InputTensor &tensor) {
  std::span<const uint32_t> dims = plan_.dimList(port.dims);
  for (size_t axis = 0; axis < dims.size(); ++axis) {
    const DimNode &node = plan_.dims()[dims[axis]];
    if (node.op != DimOp::Symbol)
      continue;
    const Symbol &symbol = plan_.symbols()[node.a];
    std::string_view symbolName = plan_.text(symbol.name);
    int64_t size = tensor.shape[axis];
    int64_t &value = bound_.symbols[node.a];
    if (value != unknownDim && value != size)
      return Status::invalid(
          name(port), concat("axis ", axis, " is ", size, ", but ", symbolName,
                             " is ", value, " by ", boundBy_[node.a]));
    if (size < symbol.min || size > symbol.max)
      return Status::invalid(name(port),
                             concat("axis ", axis, " (", symbolName, ") is ",
                                    size, ", but must be from ", symbol.min,
                                    " to ", symbol.max));
    value = size;
    boundBy_[node.a] = plan_.text(port.name);
  }
  return Status::ok();
}

Status Binder::checkAllBound() const {
  uint64_t used = plan_.symbolsOfEntry(
      static_cast<uint32_t>(&entry_ - plan_.entries().data()));
  for (size_t i = 0; i < bound_.symbols.size(); ++i) {
    if (!(used >> i & 1) || bound_.symbols[i] != unknownDim)
      continue;
    for (const Port &port : ports_)
      for (uint32_t dim : plan_.dimList(port.dims))
        if (plan_.symbolsOf(dim) == uint64_t(1) << i)
          return Status::invalid(
              name(port), concat("is missing: nothing else says what ",
                                 plan_.text(plan_.symbols()[i].name), " is"));
  }
  return Status::ok();
}

Status Binder::checkDims() const {
  std::vector<int64_t> values(plan_.dims().size());
  evaluateDims(plan_.dims(), bound_.symbols, values);
  for (size_t i = 0; i < ports_.size(); ++i) {
    const InputTensor *tensor = bound_.tensors[i];
    if (!tensor)
      continue;
    std::span<const uint32_t> dims = plan_.dimList(ports_[i].dims);
    for (size_t axis = 0; axis < dims.size(); ++axis)
      if (tensor->shape[axis] != values[dims[axis]]) {
        bool isNumber = plan_.dims()[dims[axis]].op == format::DimOp::Constant;
        std::string value = concat(values[dims[axis]]);
        return Status::invalid(
            name(ports_[i]),
            concat("axis ", axis, " is ", tensor->shape[axis], ", but must be ",
                   isNumber ? value
                            : concat(plan_.dimText(dims[axis]), ", which is ",
                                     value)));
      }
    if (!tensor->data && tensorBytes(tensor->type, tensor->shape) != 0)
      return Status::invalid(name(ports_[i]), "has no data");
  }
  return Status::ok();
}

/// The index of the first element outside low .. high; -1 if there is none.
template <typename T>
int64_t firstOutside(const T *data, int64_t count, int64_t low, int64_t high) {
  // Almost always all is well: find that out without branches.
  T smallest = 0, greatest = 0;
  if (count)
    smallest = greatest = data[0];
  for (int64_t i = 1; i < count; ++i) {
    smallest = std::min(smallest, data[i]);
    greatest = std::max(greatest, data[i]);
  }
  if (!count || (smallest >= low && greatest <= high))
    return -1;
  for (int64_t i = 0;; ++i)
    if (data[i] < low || data[i] > high)
      return i;
}

} // namespace

Result<BoundInputs> bindInputs(const Plan &plan, uint32_t entry,
                               std::span<const InputTensor> tensors,
                               std::span<const int64_t> known) {
  return Binder(plan, entry, known).run(tensors);
}

/// `[2, 5]`: the position of element `index` of a tensor.
static std::string positionText(int64_t index, std::span<const int64_t> shape) {
  std::vector<int64_t> position(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    position[axis] = index % shape[axis];
    index /= shape[axis];
  }
  return shapeText(position);
}

template <typename T>
static Status checkTyped(const Plan &plan, const Port &port,
                         const InputTensor &tensor) {
  const T *data = static_cast<const T *>(tensor.data);
  int64_t count = 1;
  for (int64_t size : tensor.shape)
    count *= size;
  int64_t bad = firstOutside(data, count, port.valueMin, port.valueMax);
  if (bad < 0)
    return Status::ok();
  return Status::invalid(std::string(plan.text(port.name)),
                         concat("element ", positionText(bad, tensor.shape),
                                " is ", int64_t(data[bad]),
                                ", but must be from ", port.valueMin, " to ",
                                port.valueMax));
}

Status checkElements(const Plan &plan, const Port &port,
                     const InputTensor &tensor) {
  if (!port.checked)
    return Status::ok();
  switch (port.type) {
  case DType::I64:
    return checkTyped<int64_t>(plan, port, tensor);
  case DType::I32:
    return checkTyped<int32_t>(plan, port, tensor);
  case DType::I8:
    return checkTyped<int8_t>(plan, port, tensor);
  case DType::Bool:
    return checkTyped<uint8_t>(plan, port, tensor);
  case DType::F32:
  case DType::F16:
  case DType::BF16: // Never checked, as the plan's check made sure.
    break;
  }
  return Status::ok();
}

} // namespace tenon::runtime
