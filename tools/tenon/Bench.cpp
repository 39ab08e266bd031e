//===- Bench.cpp - measuring a model --------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Bench.h"

#include "runtime/DimValues.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>
#include <chrono>
#include <random>

namespace tenon::tool {

using runtime::DType;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

template <typename T, typename Next>
static void fill(std::vector<uint64_t> &memory, int64_t count, Next next) {
  memory.resize(static_cast<size_t>(count) * sizeof(T) / 8 + 1);
  T *out = reinterpret_cast<T *>(memory.data());
  for (int64_t i = 0; i < count; ++i)
    out[i] = static_cast<T>(next());
}

/// Numbers of an input: those it allows, or about 0 .. 1.
static void fillPort(const format::Port &port, int64_t count, uint64_t seed,
                     std::vector<uint64_t> &memory) {
  std::mt19937_64 random(seed);
  auto integer = [&] {
    int64_t low = port.checked ? port.valueMin : 0;
    uint64_t range =
        port.checked ? uint64_t(port.valueMax) - uint64_t(low) + 1 : 2;
    return low + int64_t(range ? random() % range : 0);
  };
  auto real = [&] { return double(random() >> 11) * 0x1p-52 - 1; };
  switch (port.type) {
  case DType::F32:
    return fill<float>(memory, count, real);
  case DType::I64:
    return fill<int64_t>(memory, count, integer);
  case DType::I32:
    return fill<int32_t>(memory, count, integer);
  case DType::I8:
  case DType::Bool:
    return fill<int8_t>(memory, count, integer);
  case DType::F16:
  case DType::BF16: // Zeros: their bits aren't numbers that random bits make.
    return fill<uint16_t>(memory, count, [] { return 0; });
  }
}

Result<std::map<std::string, int64_t>> parseShape(const std::string &text,
                                                  const char *option) {
  std::map<std::string, int64_t> symbols;
  if (text.empty())
    return symbols;
  for (std::string_view piece : split(text, ',')) {
    size_t equals = piece.find('=');
    auto value = equals == piece.npos
                     ? std::nullopt
                     : parseInteger(trim(piece.substr(equals + 1)));
    if (!value)
      return Status::usage(
          option, concat(quote(piece), " isn't of the form NAME=NUMBER"));
    std::string name(trim(piece.substr(0, equals)));
    if (!symbols.emplace(name, *value).second)
      return Status::usage(option, concat("has ", quote(name), " twice"));
  }
  return symbols;
}

Result<BenchInputs>
BenchInputs::create(const runtime::Plan &plan, uint32_t entry,
                    const std::map<std::string, int64_t> &symbols,
                    uint64_t seed) {
  std::vector<std::string> names;
  std::vector<int64_t> values;
  BenchInputs inputs;
  for (size_t i = 0; i < plan.symbols().size(); ++i) {
    const format::Symbol &symbol = plan.symbols()[i];
    names.emplace_back(plan.text(symbol.name));
    auto set = symbols.find(names.back());
    values.push_back(set == symbols.end() ? symbol.typical : set->second);
    if (plan.symbolsOfEntry(entry) >> i & 1)
      inputs.shapeText_ += concat(inputs.shapeText_.empty() ? "" : ", ",
                                  names.back(), "=", values.back());
  }
  for (const auto &[name, value] : symbols)
    if (std::find(names.begin(), names.end(), name) == names.end())
      return withSuggestion(
          Status::usage("--shape", concat("the model has no ", quote(name))),
          name, names, "its sizes");
  std::vector<int64_t> &dims = inputs.dims_;
  dims.resize(plan.dims().size());
  runtime::evaluateDims(plan.dims(), values, dims);
  for (const format::StateUse &use : plan.states(plan.entries()[entry])) {
    inputs.rows_ = static_cast<size_t>(std::max<int64_t>(dims[use.rows], 0));
    inputs.held_.emplace_back(
        plan.text(plan.symbols()[plan.stateGroups()[use.group].symbol].name),
        use.replaces ? 0 : dims[use.before]);
  }

  for (const format::Port &port : plan.inputs(plan.entries()[entry])) {
    if (port.defaultKind != format::DefaultKind::Required)
      continue;
    std::vector<int64_t> &shape = inputs.shapes_.emplace_back();
    for (uint32_t dim : plan.dimList(port.dims))
      shape.push_back(dims[dim]);
    std::optional<uint64_t> bytes = runtime::tensorBytes(port.type, shape);
    constexpr uint64_t most = uint64_t(1) << 33;
    if (!bytes || *bytes > most)
      return Status::usage(
          "--shape",
          concat("input ", quote(plan.text(port.name)), " would be too large"));
    fillPort(port, static_cast<int64_t>(*bytes / runtime::dtypeSize(port.type)),
             seed, inputs.data_.emplace_back());
    inputs.tensors_.push_back({plan.text(port.name), port.type, {}, nullptr});
  }
  // Only now are the lists in their final place.
  for (size_t i = 0; i < inputs.tensors_.size(); ++i) {
    inputs.tensors_[i].shape = inputs.shapes_[i];
    inputs.tensors_[i].data = inputs.data_[i].data();
  }
  return inputs;
}

Status BenchInputs::fill(runtime::State &state) const {
  if (state.rows() != rows_)
    state.reset(rows_);
  for (const auto &[dim, length] : held_) {
    for (size_t row = 0; row < rows_; ++row)
      TENON_RETURN_IF_ERROR(state.truncate(row, length, dim));
    if (rows_)
      TENON_RETURN_IF_ERROR(state.extend(length - state.length(0, dim), dim));
  }
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

Result<double> Meter::run(uint32_t entry, const runtime::ReplayHooks &hooks) {
  TENON_RETURN_IF_ERROR(inputs_.fill(*state_));
  auto begin = std::chrono::steady_clock::now();
  TENON_ASSIGN_OR_RETURN(outputs_, session_.run(entry, inputs_.tensors(), {},
                                                hooks, {state_.get(), {}}));
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return time.count();
}

static double median(std::vector<double> &values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The time of each launch in usual calls: the mean of the middle third, by how
/// long a whole call took. Medians launch by launch would add up to less than
/// any call takes, as interruptions hit a different launch each time.
static std::vector<double>
usualTimes(std::vector<std::pair<double, std::vector<uint64_t>>> &calls) {
  std::sort(calls.begin(), calls.end());
  size_t third = calls.size() / 3;
  std::vector<double> times(calls[0].second.size());
  for (size_t i = third; i < calls.size() - third; ++i)
    for (size_t k = 0; k < times.size(); ++k)
      times[k] +=
          double(calls[i].second[k]) * 1e-9 / double(calls.size() - 2 * third);
  return times;
}

/// Runs with clocks around each launch, and adds up by kernel. Calls without
/// clocks lie between, so that both find the machine in the same mood.
static Status measureKernels(Meter &meter, const runtime::Plan &plan,
                             uint32_t entry, const BenchInputs &inputs,
                             double seconds, BenchResult &result) {
  auto launches = plan.launches(plan.entries()[entry]);
  std::vector<std::pair<double, std::vector<uint64_t>>> calls;
  std::vector<double> whole;
  double spent = 0;
  for (int i = 0; i < 5 || (spent < seconds && i < 1000); ++i) {
    std::vector<uint64_t> once(launches.size());
    TENON_ASSIGN_OR_RETURN(double time, meter.run(entry, {nullptr, once}));
    TENON_ASSIGN_OR_RETURN(double without, meter.run(entry));
    whole.push_back(without);
    spent += time + without;
    calls.emplace_back(time, std::move(once));
  }
  result.wholeSeconds = median(whole);
  std::vector<double> times = usualTimes(calls);
  std::map<uint32_t, KernelTimes> byKernel;
  for (size_t k = 0; k < launches.size(); ++k) {
    KernelTimes &kernel = byKernel[launches[k].kernel];
    kernel.name = plan.text(plan.kernels()[launches[k].kernel].name);
    ++kernel.launches;
    kernel.seconds += times[k];
    kernel.flops += inputs.dim(launches[k].flops);
    kernel.bytes += inputs.dim(launches[k].bytes);
    kernel.products = launches[k].products;
  }
  for (auto &[index, kernel] : byKernel)
    result.kernels.push_back(std::move(kernel));
  std::sort(result.kernels.begin(), result.kernels.end(),
            [](const auto &a, const auto &b) { return a.seconds > b.seconds; });
  return Status::ok();
}

/// The best of two measurements: machines slow down now and then, but never
/// exceed their peak.
static runtime::DevicePeak better(const runtime::DevicePeak &a,
                                  const runtime::DevicePeak &b) {
  runtime::DevicePeak best = a;
  for (size_t i = 0; i < best.arithmetic.size(); ++i)
    best.arithmetic[i].flops =
        std::max(a.arithmetic[i].flops, b.arithmetic[i].flops);
  best.readBytes = std::max(a.readBytes, b.readBytes);
  best.launchSeconds = std::min(a.launchSeconds, b.launchSeconds);
  return best;
}

MachinePeak peakFor(const runtime::DevicePeak &peak,
                    std::string_view features) {
  MachinePeak result;
  result.readBytes = peak.readBytes;
  result.launchSeconds = peak.launchSeconds;
  std::string all = concat(",", features, ",");
  // The first that the features have; SSE2 is what all have, and so isn't
  // named.
  auto choose = [&](std::string_view type) -> MachinePeak::Arithmetic {
    for (const auto &arithmetic : peak.arithmetic)
      if (arithmetic.type == type &&
          (arithmetic.isa == "sse2" ||
           all.find(concat(",", arithmetic.isa, ",")) != all.npos))
        return {std::string(arithmetic.isa), arithmetic.flops};
    return {};
  };
  for (Products products : allProducts)
    result.arithmetic[size_t(products)] = choose(typeName(products));
  return result;
}

Result<BenchResult> measure(runtime::Session &session, uint32_t entry,
                            const BenchInputs &inputs, unsigned threads,
                            double seconds, bool kernels) {
  const runtime::Model &model = session.model();
  const runtime::Plan &plan = model.plan();
  runtime::Device *device = &model.device();
  BenchResult result;
  result.device = model.deviceName();
  if (auto units = device->units())
    for (size_t i = 0; i < units->size(); ++i)
      if (runtime::unitName(device->name(), i) == model.deviceName())
        result.device = (*units)[i].description;
  Meter meter(session, inputs);
  for (const format::Launch &launch : plan.launches(plan.entries()[entry])) {
    result.flops += inputs.dim(launch.flops);
    result.bytes += inputs.dim(launch.bytes);
  }
  TENON_ASSIGN_OR_RETURN(double first, meter.run(entry));

  runtime::DevicePeak before = device->measurePeak(threads);
  for (double warm = first; warm < seconds / 10;) {
    TENON_ASSIGN_OR_RETURN(double time, meter.run(entry));
    warm += time;
  }
  double spent = 0;
  constexpr size_t fewest = 20, most = 1'000'000;
  while (result.seconds.size() < fewest ||
         (spent < seconds && result.seconds.size() < most)) {
    TENON_ASSIGN_OR_RETURN(double time, meter.run(entry));
    spent += time;
    result.seconds.push_back(time);
  }
  std::sort(result.seconds.begin(), result.seconds.end());
  if (kernels)
    TENON_RETURN_IF_ERROR(
        measureKernels(meter, plan, entry, inputs, seconds, result));
  runtime::DevicePeak best = better(before, device->measurePeak(threads));
  result.peak = peakFor(
      best,
      plan.variants().empty()
          ? ""
          : plan.text(plan.variants()[model.program().variant()].features));
  return result;
}

} // namespace tenon::tool
