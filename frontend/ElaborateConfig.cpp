//===- ElaborateConfig.cpp - configs as programs declare them -------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Elaborator.h"
#include "frontend/Lexer.h"

#include "support/EditDistance.h"
#include "support/Text.h"

using namespace tenon;
using namespace tenon::arch;
using llvm::Twine;

/// "size is 37, heads is 3": the fields that a condition speaks of.
static std::string valuesIn(Elaborator &elaborator, const Expr &condition,
                            const Value &record) {
  Diagnostics unread;
  llvm::SetVector<StringRef> names;
  std::vector<std::string> values;
  for (const Token &token : lex(condition.range, unread)) {
    const Value *value =
        token.kind == TokenKind::Name ? record.member(token.text()) : nullptr;
    if (value && names.insert(token.text()))
      values.push_back(token.text().str() + " is " + elaborator.toText(*value));
  }
  return join(values, ", ");
}

/// A condition of a config is about what the user wrote there.
void Elaborator::requireOfConfig(const RequireStmt &stmt, const Value &record,
                                 Scope &scope) {
  auto holds = evalCondition(stmt.condition, scope);
  if (!holds || *holds)
    return;
  std::string what =
      "the model needs " + stmt.condition->range.text().str() + ", but ";
  if (stmt.message)
    if (auto message = evalString(stmt.message, scope))
      what = *message + ": ";
  diagnostics
      .error(StringRef(config.where),
             what + valuesIn(*this, *stmt.condition, record))
      .note(stmt.range, "required here");
}

Value Elaborator::readConfig(const Unit &unit, const Config &declared) {
  Scope &scope = unitScope(unit);
  Value value =
      readFields(declared.fields, config.json, "", scope, declared.name.name);
  if (value.isError())
    return value;
  Scope *inner = newScope(&scope);
  inner->names.push_back({declared.name.name, value});
  for (const auto &[name, member] : *value.record().members)
    inner->names.push_back({name, member});
  for (const RequireStmt *condition : declared.requires_)
    requireOfConfig(*condition, value, *inner);
  release(inner);
  return value;
}

/// `path.name`, for messages.
static std::string below(StringRef path, StringRef name) {
  return path.empty() ? name.str() : (path + "." + name).str();
}

/// The member that a field is stored under.
static const Json *findMember(const ConfigSource &config, const Json &json,
                              StringRef name, std::string &key) {
  auto find = [&](const std::string &candidate) -> const Json * {
    auto it = json.find(candidate);
    if (it == json.end() || it->is_null())
      return nullptr;
    key = candidate;
    return &*it;
  };
  key = name.str();
  if (const Json *found = find(key))
    return found;
  auto aliases = config.aliases.find(key);
  if (aliases != config.aliases.end())
    for (const std::string &alias : aliases->second)
      if (const Json *found = find(alias))
        return found;
  key = name.str();
  return nullptr;
}

Value Elaborator::readFields(ArrayRef<ConfigField *> fields, const Json &json,
                             StringRef path, Scope &scope, StringRef name) {
  using Members = std::vector<std::pair<std::string, Value>>;
  auto members = std::make_shared<Members>();
  bool good = true;
  for (const ConfigField *field : fields) {
    std::string key;
    const Json *stored = findMember(config, json, field->name.name, key);
    Scope *inner = newScope(&scope);
    // Defaults and conditions may speak of the fields before.
    for (const auto &[known, member] : *members)
      inner->names.push_back({known, member});
    if (!name.empty())
      inner->names.push_back(
          {name,
           RecordValue{std::make_shared<const Members>(*members), fields}});
    Value value;
    if (stored) {
      value = readValue(*field->type, *stored, below(path, key), *inner);
    } else if (field->fallback) {
      value = readFallback(*field, below(path, key), *inner);
    } else if (field->type->optional) {
      value = NoneValue();
    } else {
      diagnostics
          .error(config.error(path.str(), quote(below(path, field->name.name)) +
                                              " is missing"))
          .note(field->name.range, "the model needs it");
    }
    if (field->constraint && !value.isError() && !value.isNone()) {
      inner->names.push_back({"it", value});
      auto holds = evalCondition(field->constraint, *inner);
      if (holds && !*holds) {
        diagnostics
            .error(config.error(below(path, key),
                                quote(below(path, key)) + " is " +
                                    toText(value) + ", but the model needs: " +
                                    field->constraint->range.text().str()))
            .note(field->constraint->range, "required here");
        value = Value();
      }
      good &= holds.value_or(false);
    }
    good &= !value.isError();
    release(inner);
    members->push_back({field->name.name.str(), value});
  }
  if (!good)
    return Value();
  return RecordValue{std::move(members), fields};
}

Value Elaborator::readFallback(const ConfigField &field,
                               const std::string &path, Scope &scope) {
  const TypeRef &type = *field.type;
  // The default of a choice is one of its keys.
  if (type.kind == TypeRef::Kind::Choice)
    if (auto *name = llvm::dyn_cast<NameExpr>(field.fallback))
      return readChoice(type, name->name.str(), path, scope);
  Value value = eval(field.fallback, scope);
  if (value.isError() || value.isNone())
    return value;
  if (type.kind == TypeRef::Kind::Choice) {
    if (value.is(Value::Kind::String))
      return readChoice(type, value.string(), path, scope);
    return value;
  }
  bool fits = matchType(type, value, scope, field.fallback->range,
                        "the default of '" + field.name.name + "'");
  return fits ? value : Value();
}

Value Elaborator::readChoice(const TypeRef &type, const std::string &word,
                             const std::string &path, Scope &scope) {
  auto found = program.find(*scope.unit, type.name.name);
  if (!found || found.declaration->kind != Declaration::Kind::Choice)
    return fail(type.range, "there is no type '" + type.name.name + "'");
  std::vector<std::string> known;
  for (const ChoiceCase &choice : found.declaration->as<Choice>()->cases)
    for (const StringExpr *key : choice.keys) {
      StringRef text = key->parts.front().text;
      if (text == word)
        return eval(choice.value, unitScope(*found.unit));
      known.push_back(text.str());
    }
  diagnostics
      .error(config.error(path, quote(path) + " is " + quote(word) +
                                    ", which is no " + type.name.name.str() +
                                    " that the model knows"))
      .suggest(word, known)
      .note(type.range, "declared here")
      .help("known: " + join(known, ", "));
  return Value();
}

/// A JSON value as messages show it.
static std::string shown(const Json &json) {
  return printable(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                   60);
}

Value Elaborator::readAny(const Json &json, SourceRange origin) {
  switch (json.type()) {
  case Json::value_t::boolean:
    return Value(json.get<bool>());
  case Json::value_t::number_integer:
  case Json::value_t::number_unsigned:
    return makeInt(json.get<int64_t>(), origin);
  case Json::value_t::number_float:
    return makeFloat(json.get<double>());
  case Json::value_t::string:
    return Value(json.get<std::string>());
  case Json::value_t::array: {
    std::vector<Value> elements;
    for (const Json &element : json)
      elements.push_back(readAny(element, origin));
    return Value(std::move(elements));
  }
  case Json::value_t::object: {
    std::vector<std::pair<std::string, Value>> members;
    for (const auto &[key, value] : json.items())
      members.push_back({key, readAny(value, origin)});
    return RecordValue{
        std::make_shared<const std::vector<std::pair<std::string, Value>>>(
            std::move(members)),
        {}};
  }
  default:
    return NoneValue();
  }
}

Value Elaborator::readValue(const TypeRef &type, const Json &json,
                            const std::string &path, Scope &scope) {
  using Kind = TypeRef::Kind;
  auto wrong = [&](const Twine &wanted) {
    diagnostics
        .error(config.error(path, quote(path) + " is " + shown(json) +
                                      ", but must be " + wanted.str()))
        .note(type.range, "declared here");
    return Value();
  };
  switch (type.kind) {
  case Kind::Any:
    return readAny(json, type.range);
  case Kind::Int: {
    if (!json.is_number_integer() ||
        (json.is_number_unsigned() &&
         json.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)))
      return wrong("an integer");
    return makeInt(json.get<int64_t>(), type.range);
  }
  case Kind::Float:
    return json.is_number() ? makeFloat(json.get<double>()) : wrong("a number");
  case Kind::Bool:
    return json.is_boolean() ? Value(json.get<bool>()) : wrong("true or false");
  case Kind::String:
    return json.is_string() ? Value(json.get<std::string>())
                            : wrong("a string");
  case Kind::Words: {
    std::string words;
    for (auto [i, word] : llvm::enumerate(type.words))
      words += (i ? ", \"" : "\"") + word.str() + "\"";
    if (!json.is_string() ||
        !llvm::is_contained(type.words, json.get<std::string>()))
      return wrong("one of " + words);
    return Value(json.get<std::string>());
  }
  case Kind::Choice:
    return json.is_string()
               ? readChoice(type, json.get<std::string>(), path, scope)
               : wrong("the name of one " + type.name.name);
  case Kind::Map:
    return json.is_object() ? readAny(json, type.range) : wrong("an object");
  case Kind::List: {
    if (!json.is_array())
      return wrong("a list");
    std::vector<Value> elements;
    bool good = true;
    for (auto [i, element] : llvm::enumerate(json)) {
      elements.push_back(
          readValue(*type.element, element, concat(path, "[", i, "]"), scope));
      good &= !elements.back().isError();
    }
    return good ? Value(std::move(elements)) : Value();
  }
  case Kind::Record:
    return json.is_object() ? readFields(type.fields, json, path, scope, "")
                            : wrong("an object");
  case Kind::ElementType:
  case Kind::Function:
  case Kind::Tensor:
    return fail(type.range, "a config holds no values of this type");
  }
  llvm_unreachable("unknown type");
}
