//===- VerifyCommand.cpp - tenon verify -----------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Calibration.h"
#include "compiler/CommandLine.h"
#include "compiler/QuantizationError.h"
#include "compiler/SourceOptions.h"
#include "compiler/Verifier.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

#include <cstdio>

using namespace tenon;

namespace {
struct VerifyCommand {
  SourceOptions source;
  VerifyOptions options;
  SampleOptions samples;

  int run() {
    bool calibrates = !samples.calibration.empty();
    if (calibrates)
      if (Status status = checkCalibration(source, samples.calibration);
          !status)
        return tool::reportError(status);
    int exitStatus = 0;
    SourceOptions given = source;
    auto compilation = source.load(exitStatus);
    if (compilation && calibrates)
      exitStatus = calibrate(*compilation, given, samples.calibration);
    if (!compilation || exitStatus)
      return exitStatus;
    auto report = verifyCompilation(*compilation, options);
    if (!report)
      return tool::reportError(report.status());
    std::fputs(report->text.c_str(), stdout);
    if (!report->equal)
      return 1;
    if (source.compilation.pipeline.quantization.empty() ||
        !source.fromPhase.empty())
      return 0;
    return reportAgainstFp32(*compilation, std::move(given), samples);
  }
};
} // namespace

void tenon::addVerifyCommand(CLI::App &app, CommandAction &action) {
  CLI::App *command = app.add_subcommand(
      "verify", "Run the compiled kernels against the evaluator, one by one");
  auto state = std::make_shared<VerifyCommand>();
  state->source.addTo(*command);
  command->add_option("--shapes", state->options.shapes,
                      "how many shapes to try (default 3)");
  command->add_option("--seed", state->options.seed, "of shapes and inputs");
  command->add_option("--tolerance", state->options.tolerance,
                      "allowed error of a kernel, relative to the largest "
                      "element of a result (default 1e-4)");
  command->add_option("--device", state->options.device,
                      "what to run on, as `tenon devices` lists it");
  addSampleOptions(*command, state->samples);
  command->callback(
      [state, &action] { action = [state] { return state->run(); }; });
}
