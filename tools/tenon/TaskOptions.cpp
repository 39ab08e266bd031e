//===- TaskOptions.cpp - options that are parameters of tasks -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/TaskOptions.h"

#include "runtime/heads/Registry.h"

#include "support/Text.h"

#include <CLI/CLI.hpp>

namespace tenon::tool {

using heads::ParameterKind;

static std::string optionName(std::string_view parameter) {
  std::string name = "--" + std::string(parameter);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

void TaskOptions::addTo(CLI::App &app) {
  for (const heads::HeadInfo *head : heads::allHeads())
    for (const heads::ParameterSpec &spec : head->parameters) {
      std::string name = optionName(spec.name);
      if (std::any_of(items_.begin(), items_.end(),
                      [&](const Item &item) { return item.option == name; }))
        continue;
      Item &item = items_.emplace_back(Item{&spec, name, {}, nullptr});
      std::string help(spec.help);
      if (spec.kind == ParameterKind::Boolean ||
          spec.kind == ParameterKind::BooleanOrString) {
        std::string negative = "--no-" + name.substr(2);
        item.parsed = app.add_flag(name + "{true}," + negative + "{false}",
                                   item.values, help);
      } else {
        // One value an option: what follows is an input.
        item.parsed =
            app.add_option(name, item.values, help)
                ->type_size(1)
                ->expected(1)
                ->allow_extra_args(false)
                ->type_name("TEXT")
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
      }
      item.parsed->group("Task options");
    }
}

/// Whether each of several values counts.
static bool isList(ParameterKind kind) {
  return kind == ParameterKind::StringOrList ||
         kind == ParameterKind::StringList;
}

/// Values, at least one, as their kind says; no value if it is none.
static std::optional<Json> parseValue(ParameterKind kind,
                                      const std::vector<std::string> &values) {
  const std::string &text = values.back();
  auto number = [](auto value) {
    return value ? std::optional<Json>(*value) : std::nullopt;
  };
  bool isBoolean = text == "true" || text == "false";
  switch (kind) {
  case ParameterKind::IntegerOrNull:
    if (text == "none")
      return Json();
    [[fallthrough]];
  case ParameterKind::Integer:
    return number(parseInteger(text));
  case ParameterKind::NumberOrNull:
    if (text == "none")
      return Json();
    [[fallthrough]];
  case ParameterKind::Number:
    return number(parseNumber(text));
  case ParameterKind::Boolean:
    return isBoolean ? std::optional<Json>(text == "true") : std::nullopt;
  case ParameterKind::BooleanOrString:
    return isBoolean ? Json(text == "true") : Json(text);
  case ParameterKind::String:
    return Json(text);
  case ParameterKind::StringOrList:
    return values.size() == 1 ? Json(text) : Json(values);
  case ParameterKind::StringList:
    // Nothing, given once, is a list of nothing.
    return values.size() == 1 && text.empty() ? Json::array() : Json(values);
  case ParameterKind::Object: {
    Result<Json> object = parseJson(text, "");
    return object && object->is_object() ? std::optional(*object)
                                         : std::nullopt;
  }
  case ParameterKind::Json: {
    Result<Json> value = parseJson(text, "");
    return value ? std::optional(*value) : std::nullopt;
  }
  }
  return std::nullopt;
}

static std::string_view expectation(ParameterKind kind) {
  switch (kind) {
  case ParameterKind::IntegerOrNull:
    return "an integer or none";
  case ParameterKind::Integer:
    return "an integer";
  case ParameterKind::NumberOrNull:
    return "a number or none";
  case ParameterKind::Number:
    return "a number";
  case ParameterKind::Boolean:
    return "true or false";
  case ParameterKind::BooleanOrString:
  case ParameterKind::String:
  case ParameterKind::StringOrList:
  case ParameterKind::StringList:
    return "text";
  case ParameterKind::Object:
    return "a JSON object";
  case ParameterKind::Json:
    return "JSON";
  }
  return "";
}

Result<Json> TaskOptions::parameters(const heads::HeadInfo &head) const {
  Json parameters = Json::object();
  for (const Item &item : items_) {
    if (!item.parsed->count())
      continue;
    auto spec =
        std::find_if(head.parameters.begin(), head.parameters.end(),
                     [&](const auto &s) { return s.name == item.spec->name; });
    if (spec == head.parameters.end())
      return Status::usage(item.option, concat("isn't for ", head.task));
    if (item.values.size() > 1 && !isList(spec->kind))
      return Status::usage(item.option, "is given more than once");
    std::optional<Json> value = parseValue(spec->kind, item.values);
    if (!value)
      return Status::usage(item.option,
                           concat("must be ", expectation(spec->kind),
                                  ", but is ", quote(item.values.back())));
    parameters[std::string(spec->name)] = std::move(*value);
  }
  return parameters;
}

std::optional<std::string> TaskOptions::firstGiven() const {
  for (const Item &item : items_)
    if (item.parsed->count())
      return item.option;
  return std::nullopt;
}

} // namespace tenon::tool
