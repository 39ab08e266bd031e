//===- BenchCommand.cpp - tenon bench -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Bench.h"
#include "tools/tenon/Commands.h"
#include "tools/tenon/CompilerLibrary.h"
#include "tools/tenon/DevicePeaks.h"
#include "tools/tenon/ModelCache.h"

#include "support/JsonWriter.h"
#include "support/Text.h"
#include "support/Units.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

namespace tenon::tool {

namespace {

struct BenchOptions {
  std::string model, shape, entry, cpu, device;
  unsigned threads = 0;
  double seconds = 3;
  bool kernels = false, json = false, pin = false;
};

} // namespace

static std::string percent(double part, double whole) {
  return part > 0 && whole > 0 ? fixed(100 * part / whole, 0) + "%" : "-";
}

static const char *arithmeticName(Products products) {
  return products == Products::Bytes     ? "of bytes"
         : products == Products::BFloats ? "of bf16"
         : products == Products::Halves  ? "of fp16"
                                         : "arithmetic";
}

/// What a launch costs: of the host's threads, or of a device.
static void printDevice(const BenchResult &result) {
  std::string cost =
      concat(humanTime(result.peak.launchSeconds), " for a launch of nothing");
  if (result.peak && !result.isProbed) {
    std::printf("\nthreads     %s\n", cost.c_str());
    return;
  }
  if (!result.peak)
    cost = concat("whose peaks aren't measured",
                  result.whyNoPeak.empty() ? "" : ": ", result.whyNoPeak);
  std::printf("\ndevice      %s, %s\n", printable(result.device).c_str(),
              cost.c_str());
}

static void printText(const BenchResult &result, const std::string &shape,
                      unsigned threads) {
  double median = result.quantile(0.5);
  std::printf("%s%s%s, %zu calls\n", shape.c_str(), shape.empty() ? "" : ", ",
              plural(threads, "thread").c_str(), result.seconds.size());
  std::printf("latency     min %s, median %s, p99 %s\n",
              humanTime(result.seconds[0]).c_str(), humanTime(median).c_str(),
              humanTime(result.quantile(0.99)).c_str());
  const MachinePeak &peak = result.peak;
  const MachinePeak::Arithmetic &best = peak.of(Products::Floats);
  bool isSmall = result.flops < 1e8;
  std::printf("arithmetic  %.2f %s, %.1f GFLOP/s",
              result.flops / (isSmall ? 1e6 : 1e9), isSmall ? "MFLOP" : "GFLOP",
              result.flops / median / 1e9);
  if (best.flops > 0)
    std::printf(": %s of the %.1f that %s reaches here",
                percent(result.flops / median, best.flops).c_str(),
                best.flops / 1e9, best.isa.c_str());
  std::printf("\nmemory      %s, %.1f GB/s",
              humanSize(static_cast<uint64_t>(result.bytes)).c_str(),
              result.bytes / median / 1e9);
  if (peak.readBytes > 0)
    std::printf("; reading reaches %.1f GB/s", peak.readBytes / 1e9);
  printDevice(result);
  if (result.kernels.empty())
    return;
  double total = result.kernelSeconds();
  // The roofline is what a kernel reaches of the bound that binds it.
  std::printf("\n%-32s %8s %10s %6s %8s %8s %8s %7s  %s\n", "kernel",
              "launches", "time", "share", "FLOP", "bytes", "GFLOP/s", "GB/s",
              "roofline");
  for (const KernelTimes &kernel : result.kernels) {
    Roofline roofline(kernel.flops, kernel.bytes, result.peak, kernel.products);
    std::printf("%-32s %8llu %10s %6s %8s %8s %8.1f %7.1f  %s %s\n",
                printable(kernel.name, 32).c_str(),
                static_cast<unsigned long long>(kernel.launches),
                humanTime(kernel.seconds).c_str(),
                percent(kernel.seconds, total).c_str(),
                humanCount(kernel.flops).c_str(),
                humanCount(kernel.bytes).c_str(),
                kernel.flops / kernel.seconds / 1e9,
                kernel.bytes / kernel.seconds / 1e9,
                percent(roofline.seconds, kernel.seconds).c_str(),
                roofline.seconds == 0   ? ""
                : roofline.isArithmetic ? arithmeticName(kernel.products)
                                        : roofline.bound());
  }
  for (Products products :
       {Products::Bytes, Products::BFloats, Products::Halves})
    if (result.peak.of(products).flops > 0 &&
        std::ranges::any_of(result.kernels, [&](const KernelTimes &kernel) {
          return kernel.products == products;
        }))
      std::printf("%s: of the %.1f G products and sums a second that %s "
                  "reaches here\n",
                  arithmeticName(products),
                  result.peak.of(products).flops / 1e9,
                  result.peak.of(products).isa.c_str());
  std::printf("all kernels %s, whole calls %s: %s\n", humanTime(total).c_str(),
              humanTime(result.wholeSeconds).c_str(),
              percent(total, result.wholeSeconds).c_str());
}

static void printJson(const BenchResult &result, const std::string &shape,
                      unsigned threads) {
  JsonWriter json;
  json.beginObject().key("shape").string(shape);
  json.key("threads").integer(threads);
  json.key("device").string(result.device);
  json.key("calls").integer(static_cast<int64_t>(result.seconds.size()));
  json.key("seconds").beginObject().key("min").number(result.seconds[0]);
  json.key("median").number(result.quantile(0.5));
  json.key("p99").number(result.quantile(0.99)).endObject();
  json.key("flops").number(result.flops).key("bytes").number(result.bytes);
  const MachinePeak &peak = result.peak;
  json.key("peak").beginObject();
  for (auto [prefix, products] :
       {std::pair("", Products::Floats), std::pair("byte_", Products::Bytes),
        std::pair("bf16_", Products::BFloats),
        std::pair("fp16_", Products::Halves)}) {
    const MachinePeak::Arithmetic &best = peak.of(products);
    json.key(concat(prefix, "isa")).string(best.isa);
    json.key(concat(prefix, "flops")).number(best.flops);
  }
  json.key("read_bytes").number(peak.readBytes);
  json.key("launch_seconds").number(peak.launchSeconds).endObject();
  json.key("kernels").beginArray();
  for (const KernelTimes &kernel : result.kernels) {
    json.beginObject().key("name").string(kernel.name);
    json.key("launches").integer(static_cast<int64_t>(kernel.launches));
    json.key("seconds")
        .number(kernel.seconds)
        .key("flops")
        .number(kernel.flops);
    json.key("bytes").number(kernel.bytes);
    Roofline roofline(kernel.flops, kernel.bytes, result.peak, kernel.products);
    json.key("products").string(typeName(kernel.products));
    json.key("roofline_seconds").number(roofline.seconds);
    json.key("bound").string(roofline.bound()).endObject();
  }
  json.endArray();
  if (!result.kernels.empty()) {
    json.key("kernel_seconds").number(result.kernelSeconds());
    json.key("whole_seconds").number(result.wholeSeconds);
  }
  json.endObject();
  std::printf("%s\n", json.text().c_str());
}

/// Without the compiler, nothing is known of a device that can't measure
/// itself.
static void addProbed(const runtime::Model &model,
                      std::shared_ptr<runtime::Instance> instance,
                      BenchResult &result) {
  if (!CompilerLibrary::find() || model.plan().variants().empty())
    return;
  auto make = [](const std::string &target, const std::string &variant,
                 const std::string &path) {
    auto compiler = CompilerLibrary::load();
    if (!compiler)
      return compiler.takeStatus();
    char *message = nullptr;
    int status = compiler->probes(target.c_str(), variant.c_str(), path.c_str(),
                                  &message);
    return CompilerLibrary::takeStatus(status, message);
  };
  std::string_view variant = model.plan().text(
      model.plan().variants()[model.program().variant()].name);
  auto peak = probePeak(std::move(instance), model.device(), model.deviceName(),
                        std::string(variant), make);
  result.isProbed = bool(peak);
  if (peak)
    result.peak = *peak;
  else
    result.whyNoPeak = peak.status().message();
}

static Status bench(const BenchOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto symbols, parseShape(options.shape));
  TENON_ASSIGN_OR_RETURN(
      std::string artifact,
      resolveModel(options.model, {"", "", 0, options.device}));
  TENON_ASSIGN_OR_RETURN(auto instance,
                         runtime::Instance::create(
                             {.threads = options.threads, .pin = options.pin}));
  TENON_ASSIGN_OR_RETURN(
      auto model,
      runtime::Model::open(instance, artifact,
                           {.variant = options.cpu, .device = options.device}));
  TENON_ASSIGN_OR_RETURN(auto session, runtime::Session::create(model));
  TENON_ASSIGN_OR_RETURN(
      uint32_t entry,
      session->findEntry(options.entry.empty()
                             ? model->artifact().manifest().entry
                             : options.entry));
  TENON_ASSIGN_OR_RETURN(BenchInputs inputs,
                         BenchInputs::create(model->plan(), entry, symbols));
  unsigned threads = instance->pool().size();
  TENON_ASSIGN_OR_RETURN(BenchResult result,
                         measure(*session, entry, inputs, threads,
                                 options.seconds, options.kernels));
  if (!result.peak)
    addProbed(*model, instance, result);
  (options.json ? printJson : printText)(result, inputs.shapeText(), threads);
  return Status::ok();
}

void addBenchCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *command =
      app.add_subcommand("bench", "Latency, beside what the machine can do");
  command
      ->add_option("FILE", options->model,
                   "an artifact or a checkpoint directory")
      ->required();
  command->add_option("--shape", options->shape,
                      "sizes, like B=1,S=128; else the typical ones");
  command->add_option("--entry", options->entry, "the entry to run");
  command->add_option("--cpu", options->cpu, "the code to use");
  command->add_option("--device", options->device,
                      "what to run on, as `tenon devices` lists it");
  command->add_option("--threads", options->threads,
                      "threads; as many as this process may use");
  command->add_option("--seconds", options->seconds, "how long to measure")
      ->check(CLI::Range(0.0, 3600.0));
  command->add_flag("--kernels", options->kernels, "a table of the kernels");
  command->add_flag("--json", options->json, "one JSON value on stdout");
  command->add_flag("--pin", options->pin, "keep each thread on its own CPU");
  command->callback([options, &action] {
    action = [options] { return finish(bench(*options)); };
  });
}

} // namespace tenon::tool
