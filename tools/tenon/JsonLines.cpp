//===- JsonLines.cpp - requests and answers line by line ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/JsonLines.h"

#include "tools/tenon/Diagnostics.h"
#include "tools/tenon/ImageInputs.h"
#include "tools/tenon/Streamer.h"

#include "support/File.h"
#include "support/JsonWriter.h"
#include "support/Text.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tenon::tool {

namespace {

/// Reads stdin in lines, several at once where they have arrived already.
class LineReader {
public:
  /// At least one line unless stdin has ended, and at most `most`, fewer if
  /// they are long; waits for the first only. A line that is too long is an
  /// error in its place.
  Result<std::vector<Result<std::string>>> read(size_t most) {
    std::vector<Result<std::string>> lines;
    size_t bytes = 0;
    auto add = [&](size_t end) {
      if (std::exchange(skipping_, false) || end - at_ > longest)
        lines.push_back(
            Status::invalid("stdin", "a line is longer than 64 MB"));
      else
        lines.push_back(buffer_.substr(at_, end - at_));
      bytes += end - at_;
    };
    while (lines.size() < most && bytes < longest) {
      size_t end = buffer_.find('\n', std::max(at_, searched_));
      if (end != buffer_.npos) {
        add(end);
        at_ = end + 1;
        continue;
      }
      searched_ = buffer_.size();
      if (ended_) {
        if (at_ < buffer_.size() || skipping_)
          add(buffer_.size());
        at_ = buffer_.size();
        break;
      }
      if (!lines.empty() && !isReady())
        break;
      TENON_RETURN_IF_ERROR(fill());
    }
    return lines;
  }

  /// The bytes of all lines so far, and of stdin if it is a file; 0 if not.
  uint64_t bytesRead() const { return before_ + at_; }
  static uint64_t bytesInAll() {
    struct stat info{};
    bool isFile = fstat(STDIN_FILENO, &info) == 0 && S_ISREG(info.st_mode);
    return isFile ? static_cast<uint64_t>(info.st_size) : 0;
  }

private:
  static bool isReady() {
    pollfd descriptor = {STDIN_FILENO, POLLIN, 0};
    return poll(&descriptor, 1, 0) > 0;
  }

  Status fill() {
    constexpr size_t step = 64 * 1024;
    // Of a line that is too long, nothing is kept.
    skipping_ |= buffer_.size() - at_ > longest;
    size_t gone = skipping_ ? buffer_.size() : at_;
    buffer_.erase(0, gone);
    before_ += gone;
    at_ = 0;
    size_t size = searched_ = buffer_.size();
    buffer_.resize(size + step);
    ssize_t count = ::read(STDIN_FILENO, buffer_.data() + size, step);
    buffer_.resize(size + (count > 0 ? static_cast<size_t>(count) : 0));
    if (count < 0 && errno != EINTR)
      return Status::invalid("stdin", "can't be read: " + errorText(errno));
    ended_ = count == 0;
    return Status::ok();
  }

  static constexpr size_t longest = 64 * 1024 * 1024;

  std::string buffer_;
  size_t at_ = 0;         ///< Where the next line begins.
  size_t searched_ = 0;   ///< Up to here no line ends.
  uint64_t before_ = 0;   ///< Bytes that have left the buffer.
  bool skipping_ = false; ///< Within a line that is too long.
  bool ended_ = false;
};

/// A line on its way from request to answer.
struct Line {
  size_t number = 0; ///< From 1.
  std::string task;
  heads::TaskRequest request;
  Status status;
  std::string answer;
};

} // namespace

static Status parseLine(std::string_view text, const std::string &task,
                        const Json &parameters, Line &line) {
  if (trim(text).empty())
    return Status::invalid("request", "the line is empty");
  TENON_ASSIGN_OR_RETURN(Json json, parseJson(text, "request"));
  line.task = task;
  if (!json.is_object() || !json.contains("inputs")) {
    line.request.inputs = std::move(json);
    line.request.parameters = parameters;
    return Status::ok();
  }
  std::string ownTask;
  TENON_ASSIGN_OR_RETURN(line.request, heads::parseRequest(json, ownTask));
  if (!ownTask.empty())
    line.task = ownTask;
  Json &own = line.request.parameters;
  if (own.is_null()) {
    own = parameters;
  } else if (own.is_object()) {
    for (const auto &[key, value] : parameters.items())
      if (!own.contains(key))
        own[key] = value;
  }
  return Status::ok();
}

/// Answers lines that have the same task together.
static void answerTogether(heads::TaskModel &tasks, runtime::Session &session,
                           const std::string &task,
                           std::span<Line *const> lines,
                           const heads::Listener &others) {
  auto head = tasks.head(task);
  if (!head) {
    for (Line *line : lines)
      line->status = head.status();
    return;
  }
  std::vector<heads::TaskRequest> requests;
  for (Line *line : lines) {
    requests.push_back(std::move(line->request));
    requests.back().readFile = readImageFile;
  }
  heads::Listener listener = others;
  listener.warning = [&](size_t request, std::string_view what) {
    reportWarning(Status::invalid(concat("line ", lines[request]->number),
                                  std::string(what)));
  };
  auto answers = (*head)->run(session, requests, listener);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (answers[i])
      lines[i]->answer = std::move(answers[i]->json);
    else
      lines[i]->status = answers[i].takeStatus();
  }
}

namespace {

/// How many lines are answered together at most.
constexpr size_t window = 256;

/// Answers lines, window by window, and counts them.
class Answerer {
public:
  Answerer(heads::TaskModel &tasks, runtime::Session &session)
      : tasks_(tasks), session_(session) {}

  /// Answers lines and prints the answers.
  Status answer(std::span<Line> lines, const heads::Listener &listener = {}) {
    std::map<std::string, std::vector<Line *>> byTask;
    for (size_t i = 0; i < lines.size(); ++i)
      lines[i].number = number_ + i + 1;
    for (Line &line : lines)
      if (line.status.isOk())
        byTask[line.task].push_back(&line);
    for (const auto &[name, together] : byTask)
      answerTogether(tasks_, session_, name, together, listener);

    std::string out;
    for (const Line &line : lines) {
      ++number_;
      if (line.status.isOk()) {
        out += line.answer + "\n";
        continue;
      }
      failed_ = true;
      JsonWriter json;
      json.beginObject().key("error").string(line.status.message());
      json.key("line").integer(static_cast<int64_t>(number_)).endObject();
      out += json.text() + "\n";
    }
    return print(out);
  }

  size_t number() const { return number_; }
  int exitStatus() const { return failed_ ? 1 : 0; }

private:
  heads::TaskModel &tasks_;
  runtime::Session &session_;
  size_t number_ = 0; ///< Lines so far.
  bool failed_ = false;
};

} // namespace

/// Where answers go to the terminal, they show the progress.
static bool showsProgress() { return !isatty(STDOUT_FILENO); }

Result<int> answerJsonLines(heads::TaskModel &tasks, runtime::Session &session,
                            const std::string &task, const Json &parameters,
                            bool timing) {
  LineReader reader;
  ProgressLine progress;
  Answerer answerer(tasks, session);
  std::optional<generation::GenerationTimes> times;
  heads::Listener listener;
  listener.times = [&](const generation::GenerationTimes &made) {
    if (times)
      times->add(made);
    else
      times = made;
  };
  while (true) {
    TENON_ASSIGN_OR_RETURN(auto texts, reader.read(window));
    if (texts.empty()) {
      progress.clear();
      if (timing && times)
        reportTimes(*times);
      return answerer.exitStatus();
    }
    std::vector<Line> lines(texts.size());
    for (size_t i = 0; i < texts.size(); ++i)
      lines[i].status = texts[i]
                            ? parseLine(*texts[i], task, parameters, lines[i])
                            : texts[i].status();
    TENON_RETURN_IF_ERROR(answerer.answer(lines, listener));
    if (!showsProgress())
      continue;
    std::string text = plural(answerer.number(), "line");
    if (uint64_t all = LineReader::bytesInAll())
      progress.showBar(reader.bytesRead(), all, text);
    else
      progress.show(text);
  }
}

Result<int> answerFiles(heads::TaskModel &tasks, runtime::Session &session,
                        const std::string &task, const Json &parameters,
                        std::span<const std::string> files) {
  ProgressLine progress;
  Answerer answerer(tasks, session);
  heads::Listener listener;
  listener.progress = [&](size_t done, size_t) {
    size_t now = answerer.number() + done;
    if (showsProgress())
      progress.showBar(now, files.size(),
                       concat(now, " of ", plural(files.size(), "image")));
    return true;
  };
  while (answerer.number() < files.size()) {
    size_t begin = answerer.number();
    std::vector<Line> lines(std::min(window, files.size() - begin));
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string &file = files[begin + i];
      lines[i].task = task;
      lines[i].request.inputs = file;
      lines[i].request.parameters = parameters;
      if (file != "-")
        continue;
      Result<heads::Attachment> image = imageOfStdin();
      if (image)
        lines[i].request.attachments.push_back(std::move(*image));
      else
        lines[i].status = image.takeStatus();
    }
    TENON_RETURN_IF_ERROR(answerer.answer(lines, listener));
  }
  progress.clear();
  return answerer.exitStatus();
}

} // namespace tenon::tool
