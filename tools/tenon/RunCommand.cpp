//===- RunCommand.cpp - tenon run -----------------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Commands.h"
#include "tools/tenon/Diagnostics.h"
#include "tools/tenon/ImageInputs.h"
#include "tools/tenon/JsonLines.h"
#include "tools/tenon/ModelCache.h"
#include "tools/tenon/RawRun.h"
#include "tools/tenon/Readable.h"
#include "tools/tenon/Streamer.h"
#include "tools/tenon/TaskOptions.h"

#include "runtime/heads/TaskModel.h"

#include "support/File.h"
#include "support/Text.h"

#include <CLI/CLI.hpp>

namespace tenon::tool {

namespace {

struct RunOptions {
  std::string model, task, cpu, device, pair, entry, inputsFrom, outputsTo;
  std::vector<std::string> inputs, questions, contexts;
  unsigned threads = 0;
  bool json = false, jsonLines = false, pin = false, timing = false;
  CLI::Option *hasPair = nullptr;
  TaskOptions taskOptions;
};

} // namespace

static bool hasInputs(const RunOptions &options) {
  return !options.inputs.empty() || !options.questions.empty() ||
         !options.contexts.empty() || options.hasPair->count();
}

/// The inputs of the command line; `-` stands for what stdin holds. That of an
/// image goes along with the request.
static Result<heads::CommandLineInputs>
readInputs(const RunOptions &options, heads::InputKind kind,
           heads::TaskRequest &request) {
  constexpr uint64_t maxText = 64 * 1024 * 1024;
  heads::CommandLineInputs inputs;
  inputs.positional = options.inputs;
  inputs.questions = options.questions;
  inputs.contexts = options.contexts;
  if (kind == heads::InputKind::Image) {
    auto &names = inputs.positional;
    TENON_ASSIGN_OR_RETURN(names, expandFolders(options.inputs));
    request.readFile = readImageFile;
    if (std::find(names.begin(), names.end(), "-") != names.end()) {
      TENON_ASSIGN_OR_RETURN(heads::Attachment image, imageOfStdin());
      request.attachments.push_back(std::move(image));
    }
  }
  for (auto *texts : {&inputs.positional, &inputs.questions, &inputs.contexts})
    for (std::string &text : *texts)
      if (text == "-" && kind == heads::InputKind::Text) {
        TENON_ASSIGN_OR_RETURN(text, readFile("/dev/stdin", maxText));
      }
  if (options.hasPair->count())
    inputs.pair = options.pair;
  if (!hasInputs(options))
    return Status::usage("run", "needs an input")
        .help("give texts or images, - for stdin, --jsonl or --inputs-from");
  return inputs;
}

static Status answerCommandLine(const RunOptions &options,
                                heads::TaskModel &tasks,
                                runtime::Session &session) {
  TENON_ASSIGN_OR_RETURN(const heads::HeadInfo *info, tasks.info(options.task));
  heads::TaskRequest request;
  TENON_ASSIGN_OR_RETURN(auto inputs,
                         readInputs(options, info->inputs, request));
  bool isQuestion = !inputs.questions.empty() || !inputs.contexts.empty();
  if (isQuestion && info->task != "question-answering")
    return Status::usage(inputs.questions.empty() ? "--context" : "--question",
                         concat("isn't for ", info->task));
  TENON_ASSIGN_OR_RETURN(request.parameters,
                         options.taskOptions.parameters(*info));
  TENON_ASSIGN_OR_RETURN(request.inputs,
                         info->readCommandLine(inputs, request.parameters));
  TENON_ASSIGN_OR_RETURN(const heads::Head *head, tasks.head(options.task));
  ProgressLine line;
  Streamer streamer(request, !options.json);
  heads::Listener listener;
  listener.progress = [&](size_t done, size_t total) {
    if (total > 100 && !streamer.isShowing())
      line.showBar(done, total, concat(done, " of ", total));
    return true;
  };
  listener.text = [&](const heads::TextPiece &piece) {
    line.clear();
    return streamer.add(piece);
  };
  std::optional<generation::GenerationTimes> times;
  listener.times = [&](const generation::GenerationTimes &made) {
    times = made;
  };
  listener.warning = [&](size_t, std::string_view what) {
    reportWarning(Status::invalid("", std::string(what)));
  };
  auto answers = head->run(session, {&request, 1}, listener);
  line.clear();
  TENON_RETURN_IF_ERROR(streamer.finish());
  TENON_ASSIGN_OR_RETURN(heads::TaskAnswer answer, std::move(answers[0]));
  if (options.timing && times)
    reportTimes(*times);
  if (streamer.isShowing())
    return Status::ok();
  std::string text = answer.json + "\n";
  if (!options.json) {
    TENON_ASSIGN_OR_RETURN(
        Json json, parseJson(answer.json, "answer", {64, size_t(1) << 28}));
    text = readableAnswer(request.inputs, json);
  }
  return print(text);
}

/// Options that exclude each other.
static Status checkOptions(const RunOptions &options) {
  bool raw = !options.inputsFrom.empty();
  if (raw != !options.outputsTo.empty())
    return Status::usage("run", "--inputs-from and --outputs-to go together");
  if (raw && (hasInputs(options) || options.jsonLines || options.json ||
              !options.task.empty()))
    return Status::usage(
        "--inputs-from",
        "gives raw tensors: no inputs, task or JSON beside it");
  if (raw)
    if (auto option = options.taskOptions.firstGiven())
      return Status::usage(*option, "is for tasks, not for raw tensors");
  if (!raw && !options.entry.empty())
    return Status::usage("--entry", "goes with --inputs-from");
  if (options.jsonLines && options.json)
    return Status::usage("--jsonl", "gives JSON already: no --json beside it");
  return Status::ok();
}

static Result<int> run(const RunOptions &options) {
  TENON_RETURN_IF_ERROR(checkOptions(options));
  TENON_ASSIGN_OR_RETURN(
      std::string artifact,
      resolveModel(options.model, {options.task, "", 0, options.device}));
  TENON_ASSIGN_OR_RETURN(auto instance,
                         runtime::Instance::create(
                             {.threads = options.threads, .pin = options.pin}));
  TENON_ASSIGN_OR_RETURN(
      auto model,
      runtime::Model::open(instance, artifact,
                           {.variant = options.cpu, .device = options.device}));
  TENON_ASSIGN_OR_RETURN(auto session, runtime::Session::create(model));
  if (!options.inputsFrom.empty()) {
    TENON_RETURN_IF_ERROR(
        runRaw(*session, options.entry, options.inputsFrom, options.outputsTo));
    return 0;
  }
  heads::TaskModel tasks(model);
  if (!options.jsonLines) {
    TENON_RETURN_IF_ERROR(answerCommandLine(options, tasks, *session));
    return 0;
  }
  TENON_ASSIGN_OR_RETURN(const heads::HeadInfo *info, tasks.info(options.task));
  TENON_ASSIGN_OR_RETURN(Json parameters,
                         options.taskOptions.parameters(*info));
  if (!hasInputs(options))
    return answerJsonLines(tasks, *session, options.task, parameters,
                           options.timing);
  if (info->inputs != heads::InputKind::Image || options.inputs.empty() ||
      options.hasPair->count())
    return Status::usage("--jsonl", "reads its inputs from stdin");
  TENON_ASSIGN_OR_RETURN(auto names, expandFolders(options.inputs));
  return answerFiles(tasks, *session, options.task, parameters, names);
}

void addRunCommand(CLI::App &app, Action &action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *command =
      app.add_subcommand("run", "Answer with an artifact or a checkpoint");
  command
      ->add_option("FILE", options->model,
                   "an artifact, or a checkpoint directory, which is "
                   "compiled once")
      ->required();
  command->add_option("INPUT", options->inputs,
                      "texts, or files and folders of images; - reads one from "
                      "stdin");
  options->hasPair =
      command->add_option("--pair", options->pair, "the second text of a pair");
  auto addTexts = [&](const char *name, std::vector<std::string> &texts,
                      const char *help) {
    command->add_option(name, texts, help)
        ->type_size(1)
        ->expected(1)
        ->allow_extra_args(false)
        ->type_name("TEXT")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  addTexts("--question", options->questions,
           "a question; may be given several times");
  addTexts("--context", options->contexts,
           "the text that answers; one for all questions, or one for each");
  command->add_option("--task", options->task,
                      "another task than the model's own");
  command->add_flag("--json", options->json,
                    "one JSON value on stdout, as the Hugging Face pipeline "
                    "gives");
  command->add_flag("--jsonl", options->jsonLines,
                    "a request on each line of stdin, or the images that are "
                    "named; an answer on each line of stdout");
  command->add_flag("--timing", options->timing,
                    "say on stderr how fast tokens were generated");
  command->add_option("--inputs-from", options->inputsFrom,
                      "raw input tensors, a safetensors file");
  command->add_option("--outputs-to", options->outputsTo,
                      "where to write the output tensors");
  command->add_option("--entry", options->entry,
                      "the entry that raw tensors go through");
  command->add_option("--cpu", options->cpu, "the code to use, like x86-64-v3");
  command->add_option("--device", options->device,
                      "what to run on, as `tenon devices` lists it");
  command->add_option("--threads", options->threads,
                      "threads; as many as this process may use");
  command->add_flag("--pin", options->pin, "keep each thread on its own CPU");
  options->taskOptions.addTo(*command);
  command->callback([options, &action] {
    action = [options] {
      Result<int> status = run(*options);
      return status ? *status : reportError(status.status());
    };
  });
}

} // namespace tenon::tool
