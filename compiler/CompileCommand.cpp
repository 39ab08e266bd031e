//===- CompileCommand.cpp - tenon compile ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Calibration.h"
#include "compiler/CommandLine.h"
#include "compiler/LinkableOutput.h"
#include "compiler/QuantizationError.h"
#include "compiler/SourceOptions.h"
#include "runtime/heads/ModelCheck.h"
#include "support/File.h"
#include "tools/tenon/Diagnostics.h"

#include <CLI/CLI.hpp>

using namespace tenon;

namespace {
struct CompileCommand {
  SourceOptions source;
  SampleOptions samples;
  bool compares = false;
  std::string output, emit = "tenon", toPhase;
  tool::ProgressLine progress;

  bool calibrates() const { return !samples.calibration.empty(); }
  int run();
  Status write(Compilation &compilation);
  Status writeText(const std::string &text);
};
} // namespace

/// The forms that --emit knows, besides `tenon` and `so+h`.
static constexpr std::pair<const char *, Phase> phaseForms[] = {
    {"graph", Phase::Graph}, {"fused", Phase::Fused}, {"loops", Phase::Loops}};
static constexpr std::pair<const char *, CodeForm> codeForms[] = {
    {"llvm", CodeForm::LlvmIr},
    {"asm", CodeForm::Assembly},
    {"ptx", CodeForm::Ptx},
    {"spirv", CodeForm::Spirv}};

Status CompileCommand::writeText(const std::string &text) {
  if (output.empty() || output == "-")
    return tool::print(text);
  return writeFile(output, text);
}

Status CompileCommand::write(Compilation &compilation) {
  bool isArtifact = toPhase.empty() && (emit == "tenon" || emit == "so+h");
  if (compilation.hasSeveralTargets() && !isArtifact)
    return Status::usage("--target",
                         "only artifacts hold several targets: give "
                         "one of them for this");
  if (!toPhase.empty()) {
    TENON_ASSIGN_OR_RETURN(Phase phase, parsePhase(toPhase, "--compile-to"));
    if (phase < compilation.phase())
      return Status::usage("--compile-to",
                           "the module is past '" + toPhase + "' already");
    TENON_RETURN_IF_ERROR(compilation.runTo(phase));
    return compilation.dump(output);
  }
  if (emit == "tenon") {
    TENON_RETURN_IF_ERROR(compilation.writeArtifact(output));
    TENON_ASSIGN_OR_RETURN(auto artifact, runtime::Artifact::open(output));
    progress.clear();
    for (const Status &warning : heads::checkModelFiles(*artifact))
      tool::reportWarning(warning);
    return Status::ok();
  }
  if (emit == "so+h")
    return writeLinkable(compilation, output);
  if (emit == "obj") {
    TENON_ASSIGN_OR_RETURN(LinkedCode code, compilation.linkCode());
    if (code.object.empty())
      return Status::usage("--emit",
                           "code for this target is no shared object");
    return writeFile(output, code.object);
  }
  if (emit == "linalg") {
    TENON_ASSIGN_OR_RETURN(std::string text, compilation.printLinalg());
    return writeText(text);
  }
  for (auto [name, phase] : phaseForms)
    if (emit == name) {
      TENON_RETURN_IF_ERROR(compilation.runTo(phase));
      return writeText(compilation.print());
    }
  for (auto [name, form] : codeForms)
    if (emit == name) {
      TENON_ASSIGN_OR_RETURN(std::string text, compilation.printCode(form));
      return writeText(text);
    }
  return Status::usage("--emit", "there is no form '" + emit + "'")
      .help("forms are tenon, graph, fused, linalg, loops, llvm, asm, obj, "
            "so+h, ptx, spirv");
}

int CompileCommand::run() {
  bool isText = emit != "tenon" && emit != "so+h" && emit != "obj";
  if (!isText || !toPhase.empty()) {
    if (output.empty())
      return tool::reportError(
          Status::usage("-o", "where to write the result must be given"));
    if (output == "-")
      return tool::reportError(
          Status::usage("-o", "'-' is for what --emit prints; this goes to a "
                              "file"));
  }
  source.compilation.progress = [&](const CompileProgress &step) {
    progress.showCompiling(step.step, step.done, step.total);
  };
  bool isQuantized = !source.compilation.pipeline.quantization.empty() ||
                     !source.precision.empty();
  if (compares && (!isQuantized || emit != "tenon" || !toPhase.empty() ||
                   !source.fromPhase.empty()))
    return tool::reportError(Status::usage(
        "--compare", "is for artifacts of sources that are quantized"));
  if (calibrates())
    if (Status status = checkCalibration(source, samples.calibration); !status)
      return tool::reportError(status);
  int exitStatus = 0;
  SourceOptions given = source;
  auto compilation = source.load(exitStatus);
  if (compilation && calibrates())
    exitStatus = calibrate(*compilation, given, samples.calibration,
                           [&](size_t done, size_t total) {
                             progress.showBar(done, total, "calibrating");
                           });
  if (!compilation || exitStatus) {
    progress.clear();
    return exitStatus;
  }
  Status status = write(*compilation);
  progress.clear();
  if (!status)
    return tool::reportError(status);
  if (!compares)
    return 0;
  int compared = reportAgainstFp32(*compilation, std::move(given), samples);
  progress.clear();
  return compared;
}

void tenon::addCompileCommand(CLI::App &app, CommandAction &action) {
  CLI::App *command = app.add_subcommand(
      "compile", "Compile a checkpoint or a network into an artifact");
  auto state = std::make_shared<CompileCommand>();
  state->source.addTo(*command);
  command->add_option("-o,--output", state->output, "the file to write");
  command->add_option("--emit", state->emit,
                      "tenon (default), graph, fused, linalg, loops, llvm, "
                      "asm, obj, so+h, ptx or spirv");
  command->add_option("--compile-to", state->toPhase,
                      "stop after a phase and write the module: graph, folded, "
                      "fused, kernels, scheduled, loops or machine");
  CLI::Option *compare =
      command->add_flag("--compare", state->compares,
                        "say how far a quantized model is from fp32");
  addSampleOptions(*command, state->samples);
  for (const char *option : {"--samples", "--inputs-from"})
    command->get_option(option)->needs(compare);
  command->callback(
      [state, &action] { action = [state] { return state->run(); }; });
}
