//===- Json.cpp - reading JSON from outside -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Json.h"

#include "support/Text.h"

#include <algorithm>

namespace tenon {

namespace {

/// Builds a value from the events of nlohmann's parser, within limits.
class Builder {
public:
  Builder(std::string_view text, const std::string &where,
          const JsonLimits &limits)
      : text_(text), where_(where), limits_(limits) {}

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(int64_t value) { return put(value); }
  bool number_unsigned(uint64_t value) { return put(value); }
  bool number_float(double value, const std::string &) { return put(value); }
  bool string(std::string &value) { return put(std::move(value)); }
  bool binary(Json::binary_t &) { return false; }

  bool start_object(size_t) { return open(Json::object()); }
  bool start_array(size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string &name) {
    key_ = std::move(name);
    return count();
  }

  bool parse_error(size_t position, const std::string &,
                   const Json::exception &error) {
    status_ = jsonSyntaxError(text_, where_, position, error.what());
    return false;
  }

  Result<Json> take() {
    if (!status_)
      return std::move(status_);
    return std::move(root_);
  }

private:
  bool count() {
    if (++values_ <= limits_.maxValues)
      return true;
    status_ = Status::invalid(
        where_, concat("has more than ", limits_.maxValues, " values"));
    return false;
  }

  /// Where the next value goes.
  Json &slot() {
    if (open_.empty())
      return root_;
    Json &parent = *open_.back();
    if (parent.is_object())
      return parent[key_];
    parent.emplace_back();
    return parent.back();
  }

  template <typename T> bool put(T &&value) {
    if (!count())
      return false;
    slot() = std::forward<T>(value);
    return true;
  }

  bool open(Json container) {
    if (!count())
      return false;
    if (open_.size() >= limits_.maxDepth) {
      status_ = Status::invalid(
          where_, concat("nests deeper than ", limits_.maxDepth, " levels"));
      return false;
    }
    Json &place = slot();
    place = std::move(container);
    open_.push_back(&place);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const std::string &where_;
  const JsonLimits &limits_;
  Json root_;
  std::vector<Json *> open_;
  std::string key_;
  size_t values_ = 0;
  Status status_;
};

} // namespace

Status jsonSyntaxError(std::string_view text, const std::string &where,
                       size_t position, std::string_view description) {
  // "[json.exception.parse_error.101] parse error at line 1, column 2: WHAT".
  // Its columns count bytes from 0 or 1 depending on the case, so ours are
  // computed from the position.
  size_t prefix = description.find("column ");
  if (prefix != description.npos) {
    size_t colon = description.find(": ", prefix);
    if (colon != description.npos)
      description.remove_prefix(colon + 2);
  }
  constexpr std::string_view vague = "syntax error while ";
  if (description.starts_with(vague))
    description.remove_prefix(vague.size());
  size_t at = std::min(position ? position - 1 : 0, text.size());
  std::string_view before = text.substr(0, at);
  size_t line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t lineStart = before.rfind('\n') + 1; // npos + 1 is 0
  return Status::invalid(concat(where, ':', line, ':', at - lineStart + 1),
                         printable(description));
}

Result<Json> parseJson(std::string_view text, const std::string &where,
                       const JsonLimits &limits) {
  Builder builder(text, where, limits);
  // The result says nothing that the builder doesn't know.
  (void)Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

//===----------------------------------------------------------------------===//
// Members
//===----------------------------------------------------------------------===//

Status JsonMembers::checkObject() const {
  if (object_.is_object())
    return Status::ok();
  return Status::invalid(where_, concat(context_.empty() ? "it" : context_,
                                        " must be an object, but is ",
                                        object_.type_name()));
}

const Json *JsonMembers::find(std::string_view key) const {
  if (!object_.is_object())
    return nullptr;
  auto found = object_.find(key);
  if (found == object_.end() || found->is_null())
    return nullptr;
  return &*found;
}

Status JsonMembers::wrong(std::string_view key, std::string_view what) const {
  std::string name =
      context_.empty() ? quote(key) : concat(context_, ": ", quote(key));
  const Json *value = find(key);
  if (!value)
    return Status::invalid(where_,
                           concat(name, " is missing; it must be ", what));
  std::string shown =
      value->is_structured()
          ? std::string("an ") + value->type_name()
          : value->dump(-1, ' ', false, Json::error_handler_t::replace);
  return Status::invalid(where_, concat(name, " must be ", what, ", but is ",
                                        printable(shown, 60)));
}

Result<std::string> JsonMembers::string(std::string_view key) const {
  const Json *value = find(key);
  if (!value || !value->is_string())
    return wrong(key, "a string");
  return value->get_ref<const std::string &>();
}

Result<std::string> JsonMembers::string(std::string_view key,
                                        std::string ifMissing) const {
  if (!has(key))
    return ifMissing;
  return string(key);
}

Result<bool> JsonMembers::boolean(std::string_view key, bool ifMissing) const {
  const Json *value = find(key);
  if (!value)
    return ifMissing;
  if (!value->is_boolean())
    return wrong(key, "true or false");
  return value->get<bool>();
}

Result<int64_t> JsonMembers::integer(std::string_view key, int64_t low,
                                     int64_t high) const {
  const Json *value = find(key);
  bool fits = value && value->is_number_integer() &&
              (!value->is_number_unsigned() ||
               value->get<uint64_t>() <= uint64_t(INT64_MAX)) &&
              value->get<int64_t>() >= low && value->get<int64_t>() <= high;
  if (!fits) {
    if (low == INT64_MIN && high == INT64_MAX)
      return wrong(key, "an integer");
    if (high == INT64_MAX)
      return wrong(key, concat("an integer of at least ", low));
    return wrong(key, concat("an integer from ", low, " to ", high));
  }
  return value->get<int64_t>();
}

Result<int64_t> JsonMembers::integer(std::string_view key, int64_t low,
                                     int64_t high, int64_t ifMissing) const {
  if (!has(key))
    return ifMissing;
  return integer(key, low, high);
}

Result<double> JsonMembers::number(std::string_view key,
                                   double ifMissing) const {
  const Json *value = find(key);
  if (!value)
    return ifMissing;
  if (!value->is_number())
    return wrong(key, "a number");
  return value->get<double>();
}

} // namespace tenon
