//===- TrialOutputs.cpp - whether schedules compute the same --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/TrialOutputs.h"

#include "compiler/OutputDistance.h"
#include "runtime/DType.h"
#include "support/Text.h"
#include "support/Units.h"

#include "llvm/ADT/APFloat.h"

#include <cstring>

using namespace tenon;
using runtime::DType;

/// Of the largest number, by which results may differ; where numbers are
/// rounded to few bits on the way, one that falls the other way is a step of
/// these.
static constexpr double mostApart = 1e-3, mostApartIfRounded = 5e-2;
/// Of all integers: those that say which number is the largest may tell two
/// apart that nearly are the same.
static constexpr double mostOthers = 0.01;

static size_t bytesOf(const runtime::OutputTensor &output) {
  return size_t(runtime::tensorBytes(output.type, output.shape).value_or(0));
}

TrialOutputs::TrialOutputs(std::span<const runtime::OutputTensor> outputs) {
  for (const runtime::OutputTensor &output : outputs) {
    const char *data = static_cast<const char *>(output.data);
    expected.push_back({std::string(output.name), output.type,
                        std::vector<char>(data, data + bytesOf(output))});
  }
}

template <typename T> static T elementAt(const char *data, size_t i) {
  T value;
  std::memcpy(&value, data + i * sizeof(T), sizeof(T));
  return value;
}

static double numberAt(const char *data, DType type, size_t i) {
  auto half = [&](const llvm::fltSemantics &semantics) {
    return llvm::APFloat(semantics,
                         llvm::APInt(16, elementAt<uint16_t>(data, i)))
        .convertToDouble();
  };
  switch (type) {
  case DType::F32:
    return elementAt<float>(data, i);
  case DType::F16:
    return half(llvm::APFloat::IEEEhalf());
  case DType::BF16:
    return half(llvm::APFloat::BFloat());
  case DType::I64:
    return double(elementAt<int64_t>(data, i));
  case DType::I32:
    return elementAt<int32_t>(data, i);
  case DType::I8:
  case DType::Bool:
    return elementAt<int8_t>(data, i);
  }
  llvm_unreachable("unknown type");
}

std::string
TrialOutputs::whatDiffers(std::span<const runtime::OutputTensor> outputs,
                          bool isRounded) const {
  for (size_t k = 0; k < expected.size(); ++k) {
    const Output &own = expected[k];
    const char *data = static_cast<const char *>(outputs[k].data);
    if (bytesOf(outputs[k]) != own.bytes.size())
      return concat("output ", quote(own.name), " has another size");
    size_t count = own.bytes.size() / runtime::dtypeSize(own.type), others = 0;
    std::vector<float> was(count), is(count);
    for (size_t i = 0; i < count; ++i) {
      double x = numberAt(own.bytes.data(), own.type, i);
      double y = numberAt(data, own.type, i);
      others += x != y;
      was[i] = static_cast<float>(x);
      is[i] = static_cast<float>(y);
    }
    if (runtime::isInteger(own.type)) {
      if (double(others) > mostOthers * double(count))
        return concat("output ", quote(own.name), " differs in ", others,
                      " of ", count, " numbers");
      continue;
    }
    OutputDistance distance;
    distance.add(was, is, 0, RowKind::Numbers);
    if (distance.relative() > (isRounded ? mostApartIfRounded : mostApart))
      return concat("output ", quote(own.name), " differs by ",
                    fixed(100 * distance.relative(), 2),
                    "% of its largest number");
  }
  return "";
}
