//===- QuantizationPolicy.cpp - what is stored with fewer bits ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "passes/QuantizationPolicy.h"

#include "support/Text.h"
#include "support/Toml.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/GlobPattern.h"

using namespace tenon;

static constexpr std::string_view modeNames[] = {
    "fp32", "bf16", "fp16", "int8", "int8-weights", "int4-weights"};

std::string_view tenon::nameOf(Quantization mode) {
  return modeNames[static_cast<unsigned>(mode)];
}

static std::optional<Quantization> find(std::string_view name) {
  for (auto [i, each] : llvm::enumerate(modeNames))
    if (name == each)
      return static_cast<Quantization>(i);
  return std::nullopt;
}

static std::string knownModes() {
  return concat(
      "modes are ",
      join(std::vector<std::string>(std::begin(modeNames), std::end(modeNames)),
           ", "));
}

void QuantizationRule::refine(const QuantizationRule &other) {
  auto take = [](auto &mine, const auto &theirs) {
    if (theirs)
      mine = theirs;
  };
  take(mode, other.mode);
  take(isStatic, other.isStatic);
  take(percentile, other.percentile);
  take(attention, other.attention);
}

std::optional<Quantization> QuantizationRule::attentionMode() const {
  static constexpr Quantization modes[] = {
      Quantization::BFloat16, Quantization::Float16, Quantization::Int8};
  if (!mode || !llvm::is_contained(modes, *mode))
    return std::nullopt;
  return attention.value_or(*mode);
}

bool QuantizationPolicy::Layer::matches(llvm::StringRef op) const {
  llvm::SmallVector<llvm::StringRef> parts;
  op.split(parts, '+');
  // It was checked when it was read.
  auto pattern = llvm::cantFail(llvm::GlobPattern::create(id));
  return llvm::any_of(
      parts, [&](llvm::StringRef part) { return pattern.match(part); });
}

QuantizationRule QuantizationPolicy::ruleOf(llvm::StringRef id) const {
  QuantizationRule found = all;
  for (const Layer &layer : layers)
    if (layer.matches(id))
      found.refine(layer.rule);
  return found;
}

bool QuantizationPolicy::uses(Quantization wanted) const {
  return all.mode == wanted || llvm::any_of(layers, [&](const Layer &layer) {
           return layer.rule.mode == wanted;
         });
}

bool QuantizationPolicy::multiplies(Quantization wanted) const {
  return uses(wanted) || all.attention == wanted ||
         llvm::any_of(layers, [&](const Layer &layer) {
           return layer.rule.attention == wanted;
         });
}

static Result<Quantization> readMode(const TomlFile &file,
                                     const toml::node &node) {
  auto mode = find(node.value_or(std::string_view()));
  if (!mode)
    return file.error(node, concat("there is no such mode; ", knownModes()));
  return *mode;
}

static Result<QuantizationRule> readRule(const TomlFile &file,
                                         const toml::table &table) {
  QuantizationRule rule;
  if (const toml::node *mode = table.get("mode")) {
    TENON_ASSIGN_OR_RETURN(rule.mode, readMode(file, *mode));
  }
  if (const toml::node *node = table.get("activations")) {
    auto kind = node->value_or(std::string_view());
    if (kind != "static" && kind != "dynamic")
      return file.error(*node, "activations are \"static\" or \"dynamic\"");
    rule.isStatic = kind == "static";
  }
  if (const toml::node *node = table.get("percentile")) {
    rule.percentile = node->value<double>();
    if (!(rule.percentile > 0 && rule.percentile <= 100))
      return file.error(*node, "a percentile is more than 0 and at most 100");
  }
  if (const toml::node *node = table.get("attention")) {
    rule.attention = find(node->value_or(std::string_view()));
    static constexpr Quantization kinds[] = {
        Quantization::None, Quantization::BFloat16, Quantization::Float16,
        Quantization::Int8};
    if (!rule.attention || !llvm::is_contained(kinds, *rule.attention))
      return file.error(*node, "attention is \"int8\", \"bf16\", \"fp16\" or "
                               "\"fp32\"");
  }
  return rule;
}

static Result<QuantizationPolicy::Layer> readLayer(const TomlFile &file,
                                                   const toml::node &node) {
  const toml::table *table = node.as_table();
  if (!table)
    return file.error(node, "[[layer]] is a table");
  static const std::string keys[] = {"id", "mode", "activations", "percentile",
                                     "attention"};
  TENON_RETURN_IF_ERROR(file.checkKeys(*table, keys));
  auto id = (*table)["id"].value<std::string>();
  if (!id)
    return file.error(*table, "[[layer]] needs an id");
  auto pattern = llvm::GlobPattern::create(*id);
  if (!pattern)
    return file.error(*table->get("id"), llvm::toString(pattern.takeError()));
  if (table->size() == 1)
    return file.error(*table,
                      concat("says nothing of the layer; ", knownModes()));
  TENON_ASSIGN_OR_RETURN(QuantizationRule rule, readRule(file, *table));
  return QuantizationPolicy::Layer{*id, rule,
                                   file.error(*table->get("id"), "").where()};
}

Result<QuantizationPolicy> QuantizationPolicy::load(const std::string &text) {
  QuantizationPolicy policy;
  if (text.empty())
    return policy;
  if (!text.ends_with(".toml")) {
    auto mode = find(text);
    if (!mode)
      return Status::usage("--quantize",
                           concat("there is no mode ", quote(text)))
          .help(concat(knownModes(), ", and policy files ending in .toml"));
    policy.all.mode = *mode;
    return policy;
  }
  TENON_ASSIGN_OR_RETURN(TomlFile file, TomlFile::load(text));
  static const std::string rootKeys[] = {"mode", "activations", "percentile",
                                         "attention", "layer"};
  TENON_RETURN_IF_ERROR(file.checkKeys(file.root(), rootKeys));
  TENON_ASSIGN_OR_RETURN(policy.all, readRule(file, file.root()));
  if (!policy.all.mode)
    return file.error(file.root(), concat("needs a mode; ", knownModes()));
  if (const toml::node *layers = file.root().get("layer")) {
    const toml::array *list = layers->as_array();
    if (!list)
      return file.error(*layers, "layers are listed as [[layer]]");
    for (const toml::node &entry : *list) {
      TENON_ASSIGN_OR_RETURN(Layer layer, readLayer(file, entry));
      policy.layers.push_back(std::move(layer));
    }
  }
  return policy;
}
