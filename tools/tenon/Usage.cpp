//===- Usage.cpp - reading a command line, and its help -------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Usage.h"

#include "tools/tenon/Diagnostics.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>

namespace tenon::tool {

//===----------------------------------------------------------------------===//
// Help
//===----------------------------------------------------------------------===//

namespace {

/// CLI11's help without what only programmers read: types of texts, `{true}`
/// behind flags, ranges.
class HelpFormatter : public CLI::Formatter {
public:
  HelpFormatter() {
    column_width(28);
    label("SUBCOMMAND", "COMMAND");
    label("Positionals", "Arguments");
  }

  std::string make_option_name(const CLI::Option *option,
                               bool isPositional) const override {
    std::string name = CLI::Formatter::make_option_name(option, isPositional);
    for (size_t open; (open = name.find('{')) != name.npos;)
      name.erase(open, name.find('}', open) + 1 - open);
    for (size_t comma = 0; (comma = name.find(',', comma)) != name.npos;)
      name.insert(++comma, " ");
    return name;
  }

  std::string make_option_opts(const CLI::Option *option) const override {
    std::string type = option->get_type_name();
    type = type.substr(0, type.find(':'));
    if (option->get_positional() || type.empty())
      return "";
    if (type == "UINT" || type == "INT" || type == "FLOAT")
      return " N";
    return type == "TEXT" ? " X" : " " + type;
  }
};

} // namespace

static void styleHelp(CLI::App &app,
                      const std::shared_ptr<CLI::FormatterBase> &formatter) {
  app.formatter(formatter);
  for (CLI::App *command : app.get_subcommands({})) {
    command->group("Commands");
    styleHelp(*command, formatter);
  }
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// The names of an app's options, with their dashes.
static std::vector<std::string> optionNames(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::Option *option : app.get_options(
           [](const CLI::Option *o) { return o->nonpositional(); })) {
    for (const std::string &name : option->get_lnames())
      names.push_back("--" + name);
    for (const std::string &name : option->get_fnames())
      if (name.size() > 1)
        names.push_back("--" + name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

/// The command that the line calls, or the program itself.
static const CLI::App &calledApp(const CLI::App &app) {
  auto called = app.get_subcommands();
  return called.empty() ? app : calledApp(*called[0]);
}

/// `cache list`, or `tenon` for the program itself.
static std::string commandName(const CLI::App &app) {
  const CLI::App *parent = app.get_parent();
  if (!parent)
    return app.get_name();
  return (parent->get_parent() ? commandName(*parent) + " " : "") +
         app.get_name();
}

static Status unexpected(const CLI::App &called, const std::string &where) {
  std::vector<std::string> extras = called.remaining();
  // An option explains more than what came with it.
  auto at = std::find_if(extras.begin(), extras.end(),
                         [](const auto &e) { return e.starts_with("-"); });
  if (at == extras.end())
    return Status::usage(
        where, concat("unexpected ", quote(extras.empty() ? "" : extras[0])));
  std::string name = at->substr(0, at->find('='));
  return withSuggestion(
      Status::usage(where, concat("unknown option ", quote(name))), name,
      optionNames(called), "its options");
}

/// What is wrong with the command line, in one line.
static Status usageError(const CLI::App &app, const CLI::ParseError &error) {
  const CLI::App &called = calledApp(app);
  std::string where = commandName(called);
  if (dynamic_cast<const CLI::ExtrasError *>(&error))
    return unexpected(called, where);
  std::string what = printable(error.what());
  auto advice = [&](Status status) {
    return std::move(status).help(
        concat("see ", called.get_parent() ? "tenon " : "", where, " --help"));
  };
  if (dynamic_cast<const CLI::RequiredError *>(&error) &&
      what.find("subcommand") != what.npos) {
    // `tenon --foo` lacks a command, too, but that isn't what is wrong.
    if (!called.remaining().empty())
      return unexpected(called, where);
    return advice(Status::usage(where, "needs a command"));
  }
  if (dynamic_cast<const CLI::ConversionError *>(&error)) {
    // "Could not convert: NAME = VALUE"
    size_t name = what.find(": "), value = what.find(" = ");
    if (name != what.npos && value != what.npos)
      return advice(Status::usage(
          what.substr(name + 2, value - name - 2),
          concat("must be a number, but is ", quote(what.substr(value + 3)))));
  }
  if (dynamic_cast<const CLI::ArgumentMismatch *>(&error))
    return advice(
        Status::usage(what.substr(0, what.find(':')), "needs a value"));
  return advice(Status::usage(where, what));
}

//===----------------------------------------------------------------------===//
// Values as they are
//===----------------------------------------------------------------------===//

/// CLI11 takes a value in brackets for a list and cuts it at its commas, and
/// `--option=` for an option whose value is the next argument. Texts like
/// "[MASK]" and "" are neither, so they are marked on their way through it.
static constexpr char mark = '\x01';

/// Flags that may have one of some values, which CLI11 takes behind `=` only.
static bool isValueOfFlag(std::string_view flag, std::string_view value) {
  static constexpr struct {
    std::string_view flag;
    std::array<std::string_view, 4> values;
  } flags[] = {
      {"--truncation",
       {"longest_first", "only_first", "only_second", "do_not_truncate"}},
      {"--padding", {"longest", "max_length", "do_not_pad"}},
      {"--early-stopping", {"never"}},
  };
  for (const auto &known : flags)
    if (flag == known.flag)
      return value == "true" || value == "false" ||
             (!value.empty() &&
              std::find(known.values.begin(), known.values.end(), value) !=
                  known.values.end());
  return false;
}

/// `mayBeOption`: it stands before a `--`.
static std::string marked(std::string argument, bool mayBeOption) {
  size_t equals = argument.find('=');
  bool hasName =
      mayBeOption && argument.starts_with("--") && equals != std::string::npos;
  size_t at = hasName ? equals + 1 : 0;
  std::string_view value = std::string_view(argument).substr(at);
  bool isList = value.size() > 1 && value.front() == '[' && value.back() == ']';
  if (isList || (hasName && value.empty()) || value.starts_with(mark))
    argument.insert(at, 1, mark);
  return argument;
}

/// Takes the marks off the values of all options.
static void unmarkValues(CLI::App &app) {
  for (CLI::Option *option : app.get_options())
    if (option->get_type_size_max() > 0)
      option->transform([](const std::string &value) {
        return value.substr(value.starts_with(mark) ? 1 : 0);
      });
  for (CLI::App *command : app.get_subcommands({}))
    unmarkValues(*command);
}

std::optional<int> parseCommandLine(CLI::App &app, int argc,
                                    const char *const *argv) {
  styleHelp(app, std::make_shared<HelpFormatter>());
  if (argc > 1 && argv[1][0] != '-') {
    std::vector<std::string> names;
    for (const CLI::App *command : app.get_subcommands({}))
      names.push_back(command->get_name());
    std::string name = argv[1];
    if (std::find(names.begin(), names.end(), name) == names.end())
      return reportError(withSuggestion(
          Status::usage("tenon", concat("unknown command ", quote(name))), name,
          names, "commands"));
  }
  try {
    unmarkValues(app);
    std::vector<std::string> arguments;
    bool mayBeOption = true;
    for (int i = 1; i < argc; ++i) {
      mayBeOption &= std::string_view(argv[i]) != "--";
      arguments.push_back(marked(argv[i], mayBeOption));
      if (mayBeOption && i + 1 < argc && isValueOfFlag(argv[i], argv[i + 1]))
        arguments.back() += concat("=", argv[++i]);
    }
    // CLI11 wants the last one first.
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError &error) {
    // --help and --version.
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
      return app.exit(error);
    return reportError(usageError(app, error));
  }
  return std::nullopt;
}

} // namespace tenon::tool
