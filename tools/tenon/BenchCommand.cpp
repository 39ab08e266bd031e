//===- BenchCommand.cpp - tenon bench -------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Bench.h"
#include "tools/tenon/Commands.h"
#include "tools/tenon/ModelCache.h"

#include "support/JsonWriter.h"
#include "support/Text.h"
#include "support/Units.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace tenon::tool {

namespace {

struct BenchOptions {
  std::string model, shape, entry, cpu;
  unsigned threads = 0;
  double seconds = 3;
  bool kernels = false, json = false, pin = false;
};

} // namespace

/// `B=1,S=128`.
static Result<std::map<std::string, int64_t>>
parseShape(const std::string &text) {
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
          "--shape", concat(quote(piece), " isn't of the form NAME=NUMBER"));
    symbols[std::string(trim(piece.substr(0, equals)))] = *value;
  }
  return symbols;
}

static std::string percent(double part, double whole) {
  return whole > 0 ? fixed(100 * part / whole, 0) + "%" : "-";
}

static void printText(const BenchResult &result, const std::string &shape,
                      unsigned threads) {
  double median = result.quantile(0.5);
  std::printf("%s, %s, %zu calls\n", shape.c_str(),
              plural(threads, "thread").c_str(), result.seconds.size());
  std::printf("latency     min %s, median %s, p99 %s\n",
              humanTime(result.seconds[0]).c_str(), humanTime(median).c_str(),
              humanTime(result.quantile(0.99)).c_str());
  bool isSmall = result.flops < 1e8;
  std::printf("arithmetic  %.2f %s, %.1f GFLOP/s: %s of the %.1f that %s "
              "reaches here\n",
              result.flops / (isSmall ? 1e6 : 1e9), isSmall ? "MFLOP" : "GFLOP",
              result.flops / median / 1e9,
              percent(result.flops / median, result.peakFlops).c_str(),
              result.peakFlops / 1e9, result.isa.c_str());
  std::printf("memory      %s, %.1f GB/s; reading reaches %.1f GB/s\n",
              humanSize(static_cast<uint64_t>(result.bytes)).c_str(),
              result.bytes / median / 1e9, result.peak.readBytes / 1e9);
  std::printf("threads     %s for a launch of nothing\n",
              humanTime(result.peak.launchSeconds).c_str());
  if (result.kernels.empty())
    return;
  double total = 0;
  for (const KernelTimes &kernel : result.kernels)
    total += kernel.seconds;
  std::printf("\n%-32s %8s %10s %6s %9s %6s %8s\n", "kernel", "launches",
              "time", "share", "GFLOP/s", "peak", "GB/s");
  for (const KernelTimes &kernel : result.kernels)
    std::printf(
        "%-32s %8llu %10s %6s %9.1f %6s %8.1f\n",
        printable(kernel.name, 32).c_str(),
        static_cast<unsigned long long>(kernel.launches),
        humanTime(kernel.seconds).c_str(),
        percent(kernel.seconds, total).c_str(),
        kernel.flops / kernel.seconds / 1e9,
        percent(kernel.flops / kernel.seconds, result.peakFlops).c_str(),
        kernel.bytes / kernel.seconds / 1e9);
}

static void printJson(const BenchResult &result, const std::string &shape,
                      unsigned threads) {
  JsonWriter json;
  json.beginObject().key("shape").string(shape);
  json.key("threads").integer(threads);
  json.key("calls").integer(static_cast<int64_t>(result.seconds.size()));
  json.key("seconds").beginObject().key("min").number(result.seconds[0]);
  json.key("median").number(result.quantile(0.5));
  json.key("p99").number(result.quantile(0.99)).endObject();
  json.key("flops").number(result.flops).key("bytes").number(result.bytes);
  json.key("peak").beginObject().key("isa").string(result.isa);
  json.key("flops").number(result.peakFlops);
  json.key("read_bytes").number(result.peak.readBytes);
  json.key("launch_seconds").number(result.peak.launchSeconds).endObject();
  json.key("kernels").beginArray();
  for (const KernelTimes &kernel : result.kernels) {
    json.beginObject().key("name").string(kernel.name);
    json.key("launches").integer(static_cast<int64_t>(kernel.launches));
    json.key("seconds")
        .number(kernel.seconds)
        .key("flops")
        .number(kernel.flops);
    json.key("bytes").number(kernel.bytes).endObject();
  }
  json.endArray().endObject();
  std::printf("%s\n", json.text().c_str());
}

static Status bench(const BenchOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto symbols, parseShape(options.shape));
  TENON_ASSIGN_OR_RETURN(std::string artifact, resolveModel(options.model, {}));
  TENON_ASSIGN_OR_RETURN(auto instance,
                         runtime::Instance::create(
                             {.threads = options.threads, .pin = options.pin}));
  TENON_ASSIGN_OR_RETURN(
      auto model, runtime::Model::open(instance, artifact, {options.cpu}));
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
