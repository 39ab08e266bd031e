//===- Head.h - what a task's head is ---------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A head turns a request into tensors, runs entries of the model, and turns
// their outputs into an answer equal to that of the Hugging Face pipeline. Each
// head is a file of its own; Registry.cpp lists them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_HEAD_H
#define TENON_RUNTIME_HEADS_HEAD_H

#include "runtime/Session.h"

#include "support/Json.h"
#include "support/Status.h"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon::generation {
struct GenerationTimes;
} // namespace tenon::generation

namespace tenon::heads {

class AnswerSteps;
class ModelFiles;

/// Data beside the JSON of a request or an answer: an image, audio, a mask.
struct Attachment {
  std::string name;
  std::string mediaType; ///< `image/png`
  std::string bytes;
};

/// Reads a file that a request names.
using ReadFile = std::function<Result<std::string>(const std::string &name)>;

/// One call of a pipeline.
struct TaskRequest {
  Json inputs;     ///< The positional argument.
  Json parameters; ///< The keyword arguments: an object.
  std::vector<Attachment> attachments;
  /// Null unless the caller lets requests name files.
  ReadFile readFile = nullptr;
};

struct TaskAnswer {
  std::string json; ///< With the keys and nesting of the pipeline's answer.
  std::vector<Attachment> attachments;
};

/// Called after each step with what is done and what there is to do; returns
/// whether to go on.
using Progress = std::function<bool(size_t done, size_t total)>;

/// More of an answer that is made token by token.
struct TextPiece {
  size_t request, input, sequence;
  size_t sequences; ///< That the input gets.
  /// In whole characters; empty while a character isn't.
  std::string_view text;
};
/// Called for each token; returns whether to go on.
using TextCallback = std::function<bool(const TextPiece &piece)>;

/// Called once, at the end of what was made token by token.
using TimesCallback =
    std::function<void(const generation::GenerationTimes &times)>;

/// Called for each thing that a request asks for in vain, with a line on it.
using WarningCallback =
    std::function<void(size_t request, std::string_view what)>;

/// Who is told what happens while a head works; each may be null.
struct Listener {
  Progress progress;
  TextCallback text;
  TimesCallback times;
  WarningCallback warning;
};

/// Immutable; for any number of threads, each with a session of its own.
class Head {
public:
  virtual ~Head() = default;

  /// Answers several requests, which may share batches; each fails or succeeds
  /// by itself.
  virtual std::vector<Result<TaskAnswer>>
  run(runtime::Session &session, std::span<const TaskRequest> requests,
      const Listener &listener) const = 0;

  /// Begins to answer a request step by step, which only heads that make text
  /// can do. `tokens`: the prompt as ids, in the place of the request's inputs.
  /// This and the session must outlive what is returned.
  virtual Result<std::unique_ptr<AnswerSteps>>
  begin(runtime::Session &session, const TaskRequest &request,
        std::span<const int32_t> tokens) const;
};

enum class ParameterKind {
  Integer,
  IntegerOrNull,
  Number,
  NumberOrNull,
  Boolean,
  BooleanOrString,
  String,
  StringOrList, ///< One string, or a list of them.
  StringList,
  Object,
  Json ///< Any value; whoever reads it checks it.
};

/// A keyword argument of a pipeline.
struct ParameterSpec {
  std::string_view name; ///< As in Python: `top_k`.
  ParameterKind kind;
  std::string_view help;
};

/// What the inputs of a head are.
enum class InputKind { Text, Image };

/// What the command line has for a head's inputs.
struct CommandLineInputs {
  std::vector<std::string> positional;
  std::optional<std::string> pair;
  std::vector<std::string> questions, contexts;
};

/// A head as the registry knows it.
struct HeadInfo {
  std::string_view task;                     ///< `text-classification`
  std::span<const std::string_view> aliases; ///< `sentiment-analysis`
  std::string_view summary;
  std::span<const ParameterSpec> parameters;

  /// Makes the head for a model; fails if the model can't do the task.
  Result<std::unique_ptr<Head>> (*create)(ModelFiles &files);
  /// The `inputs` of the request that a command line with these parameters
  /// stands for.
  Result<Json> (*readCommandLine)(const CommandLineInputs &inputs,
                                  const Json &parameters);
  InputKind inputs = InputKind::Text;
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_HEAD_H
