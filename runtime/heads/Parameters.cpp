//===- Parameters.cpp - keyword arguments of a request --------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/heads/Parameters.h"

#include "support/EditDistance.h"
#include "support/Text.h"

#include <algorithm>

namespace tenon::heads {

static bool isInt64(const Json &value) {
  return value.is_number_integer() &&
         (!value.is_number_unsigned() ||
          value.get<uint64_t>() <= uint64_t(INT64_MAX));
}

static bool isStrings(const Json &value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(),
                     [](const Json &v) { return v.is_string(); });
}

/// What a parameter of this kind must be; empty if `value` is. A null is, for
/// any: it stands for Python's None, which is as not given.
static std::string_view mismatch(const Json &value, ParameterKind kind) {
  if (value.is_null())
    return "";
  switch (kind) {
  case ParameterKind::Integer:
    return isInt64(value) ? "" : "an integer";
  case ParameterKind::IntegerOrNull:
    return isInt64(value) ? "" : "an integer or null";
  case ParameterKind::Number:
    return value.is_number() ? "" : "a number";
  case ParameterKind::NumberOrNull:
    return value.is_number() || value.is_null() ? "" : "a number or null";
  case ParameterKind::Boolean:
    return value.is_boolean() ? "" : "true or false";
  case ParameterKind::BooleanOrString:
    return value.is_boolean() || value.is_string() ? ""
                                                   : "true, false or a string";
  case ParameterKind::String:
    return value.is_string() ? "" : "a string";
  case ParameterKind::StringOrList:
    return value.is_string() || isStrings(value)
               ? ""
               : "a string or a list of strings";
  case ParameterKind::StringList:
    return isStrings(value) ? "" : "a list of strings";
  case ParameterKind::Object:
    return value.is_object() ? "" : "an object";
  case ParameterKind::Json:
    return "";
  }
  return "";
}

Status checkParameters(const Json &parameters, const HeadInfo &head) {
  if (parameters.is_null())
    return Status::ok();
  if (!parameters.is_object())
    return Status::usage("parameters", "must be an object");
  for (const auto &[name, value] : parameters.items()) {
    auto spec =
        std::find_if(head.parameters.begin(), head.parameters.end(),
                     [&](const ParameterSpec &s) { return s.name == name; });
    if (spec == head.parameters.end()) {
      std::vector<std::string> names;
      for (const ParameterSpec &s : head.parameters)
        names.emplace_back(s.name);
      return withSuggestion(
          Status::usage(printable(name),
                        concat("is no parameter of ", head.task)),
          name, names, concat("parameters of ", head.task));
    }
    if (std::string_view what = mismatch(value, spec->kind); !what.empty())
      return Status::usage(name, concat("must be ", what));
  }
  return Status::ok();
}

const Json *findParameter(const Json &parameters, std::string_view name) {
  if (!parameters.is_object())
    return nullptr;
  auto found = parameters.find(name);
  return found == parameters.end() || found->is_null() ? nullptr : &*found;
}

bool isNullParameter(const Json &parameters, std::string_view name) {
  return parameters.is_object() && parameters.contains(name) &&
         !findParameter(parameters, name);
}

int64_t integerParameter(const Json &parameters, std::string_view name,
                         int64_t ifMissing) {
  const Json *value = findParameter(parameters, name);
  return value ? value->get<int64_t>() : ifMissing;
}

bool booleanParameter(const Json &parameters, std::string_view name,
                      bool ifMissing) {
  const Json *value = findParameter(parameters, name);
  return value ? value->get<bool>() : ifMissing;
}

std::vector<std::string> stringsParameter(const Json &parameters,
                                          std::string_view name) {
  const Json *value = findParameter(parameters, name);
  if (!value)
    return {};
  if (value->is_string())
    return {value->get<std::string>()};
  return value->get<std::vector<std::string>>();
}

Result<int64_t> positiveParameter(const Json &parameters, std::string_view name,
                                  int64_t ifMissing) {
  int64_t value = integerParameter(parameters, name, ifMissing);
  if (value < 1)
    return Status::usage(std::string(name),
                         concat("must be at least 1, but is ", value));
  return value;
}

Status isNoChoice(std::string_view name, std::string_view word,
                  std::vector<std::string> words) {
  return withSuggestion(
      Status::usage(std::string(name), concat("can't be ", quote(word))),
      std::string(word), words, "it may be");
}

} // namespace tenon::heads
