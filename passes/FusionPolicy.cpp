//===- FusionPolicy.cpp - what the user says about fusion -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/FusionPolicy.h"

#include "passes/InputError.h"

#include "support/Toml.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace tenon;

static constexpr const char *ruleNames[fusionRuleCount] = {
    "epilogue", "store-view", "load-view", "prologue",  "recompute",
    "source",   "row-chain",  "pointwise", "dequantize"};

static constexpr const char *stepNames[graphStepCount] = {"merge-matmuls",
                                                          "move-layouts"};

llvm::StringRef tenon::nameOf(FusionRule rule) {
  return ruleNames[static_cast<unsigned>(rule)];
}

static std::optional<unsigned> find(llvm::ArrayRef<const char *> names,
                                    std::string_view name) {
  for (auto [i, each] : llvm::enumerate(names))
    if (name == each)
      return i;
  return std::nullopt;
}

static bool matches(const std::string &glob, llvm::StringRef id) {
  auto pattern = llvm::GlobPattern::create(glob);
  if (!pattern) {
    llvm::consumeError(pattern.takeError());
    return false;
  }
  return pattern->match(id);
}

bool FusionPolicy::allows(FusionRule rule, llvm::StringRef id,
                          std::string &reason) const {
  unsigned index = static_cast<unsigned>(rule);
  if (!enabled[index]) {
    reason = std::string("the policy turns ") + ruleNames[index] + " off";
    return false;
  }
  for (const Override &entry : overrides) {
    if (!matches(entry.id, id))
      continue;
    if (!entry.fuse || (entry.restricted && !entry.allowed[index])) {
      reason = "the policy keeps '" + entry.id + "' out of " +
               (entry.fuse ? ruleNames[index] : "fusion");
      return false;
    }
  }
  return true;
}

static Status readOverride(const TomlFile &file, const toml::node &node,
                           FusionPolicy &policy) {
  const toml::table *table = node.as_table();
  if (!table)
    return file.error(node, "[[op]] is a table");
  static const std::string keys[] = {"id", "fuse", "rules"};
  TENON_RETURN_IF_ERROR(file.checkKeys(*table, keys));
  FusionPolicy::Override entry;
  auto id = (*table)["id"].value<std::string>();
  if (!id)
    return file.error(*table, "[[op]] needs an id");
  entry.id = *id;
  auto pattern = llvm::GlobPattern::create(entry.id);
  if (!pattern)
    return file.error(*table->get("id"), llvm::toString(pattern.takeError()));
  if (const toml::node *fuse = table->get("fuse")) {
    auto value = fuse->value_exact<bool>();
    if (!value)
      return file.error(*fuse, "fuse is true or false");
    entry.fuse = *value;
  }
  if (const toml::node *rules = table->get("rules")) {
    const toml::array *list = rules->as_array();
    if (!list)
      return file.error(*rules, "rules is a list of rule names");
    entry.restricted = true;
    for (const toml::node &rule : *list) {
      auto index = find(ruleNames, rule.value_or(std::string_view()));
      if (!index)
        return file.error(rule, "there is no such rule");
      entry.allowed[*index] = true;
    }
  }
  policy.overrides.push_back(std::move(entry));
  return Status::ok();
}

/// Reads a table of switches, one for each of `names`.
static Status readSwitches(const TomlFile &file, const char *key,
                           llvm::ArrayRef<const char *> names,
                           llvm::MutableArrayRef<bool> switches) {
  const toml::node *node = file.root().get(key);
  if (!node)
    return Status::ok();
  const toml::table *table = node->as_table();
  if (!table)
    return file.error(*node, "[" + std::string(key) + "] is a table");
  TENON_RETURN_IF_ERROR(file.checkKeys(
      *table, std::vector<std::string>(names.begin(), names.end())));
  for (auto &&[name, value] : *table) {
    auto on = value.value_exact<bool>();
    if (!on)
      return file.error(value, std::string(name.str()) + " is true or false");
    switches[*find(names, name.str())] = *on;
  }
  return Status::ok();
}

Result<FusionPolicy> FusionPolicy::load(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(TomlFile file, TomlFile::load(path));
  static const std::string rootKeys[] = {"steps", "rules", "op"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  FusionPolicy policy;
  TENON_RETURN_IF_ERROR(readSwitches(file, "steps", stepNames, policy.steps));
  TENON_RETURN_IF_ERROR(readSwitches(file, "rules", ruleNames, policy.enabled));
  if (const toml::node *ops = file.root().get("op")) {
    const toml::array *list = ops->as_array();
    if (!list)
      return file.error(*ops, "ops are listed as [[op]]");
    for (const toml::node &entry : *list)
      TENON_RETURN_IF_ERROR(readOverride(file, entry, policy));
  }
  return policy;
}

mlir::FailureOr<FusionPolicy> tenon::loadPolicy(mlir::MLIRContext *context,
                                                const std::string &path) {
  if (path.empty())
    return FusionPolicy();
  auto loaded = FusionPolicy::load(path);
  if (!loaded) {
    emitInputError(context, loaded.status());
    return mlir::failure();
  }
  return std::move(*loaded);
}
