//===- Targets.h - targets by name, file or kernel --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What every backend does with its targets. A `TargetT` has a name, `parse`,
// which reads a target file, `builtins` and `find`.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_CODEGEN_TARGETS_H
#define TENON_CODEGEN_TARGETS_H

#include "support/File.h"
#include "support/Status.h"
#include "support/Text.h"
#include "support/Toml.h"

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon {

/// What is in files that were embedded at build time: {name, text}.
template <typename FileT>
std::vector<FileT> parseEmbedded(std::span<const char *const[2]> files) {
  std::vector<FileT> all;
  for (auto [name, text] : files) {
    auto file = FileT::parse(text, name);
    assert(file && "a built-in file must parse");
    all.push_back(std::move(*file));
  }
  return all;
}

/// A list of strings, if there is one of that name.
inline Status readWords(const TomlFile &file, const char *key,
                        std::vector<std::string> &words) {
  const toml::node *node = file.root().get(key);
  if (!node)
    return Status::ok();
  const toml::array *list = node->as_array();
  if (!list)
    return file.error(*node, concat(key, " must be a list of strings"));
  for (const toml::node &item : *list) {
    auto word = item.value<std::string>();
    if (!word)
      return file.error(item, concat(key, " must be a list of strings"));
    words.push_back(*word);
  }
  return Status::ok();
}

/// The kinds of arithmetic that a target is for, if its file says so.
inline Status readOnlyFor(const TomlFile &file,
                          std::optional<std::vector<std::string>> &kinds) {
  if (!file.root().contains("only_for"))
    return Status::ok();
  return readWords(file, "only_for", kinds.emplace());
}

/// A built-in target, or the one in a file; nothing if the name is neither's.
template <typename TargetT>
Result<std::optional<TargetT>> findTarget(const std::string &name) {
  for (const TargetT &target : TargetT::builtins())
    if (target.name == name)
      return std::optional(target);
  if (!name.ends_with(".toml"))
    return std::optional<TargetT>();
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(name, 1 << 20));
  TENON_ASSIGN_OR_RETURN(TargetT target, TargetT::parse(std::move(text), name));
  return std::optional(std::move(target));
}

/// The targets of these names; if there are none, the built-in ones that are
/// for every model (`onlyFor` is null) or for a kind of arithmetic of this one.
template <typename TargetT>
Result<std::vector<TargetT>>
findTargets(const std::vector<std::string> &names,
            const std::vector<std::string> &arithmetic) {
  std::vector<TargetT> targets;
  for (const std::string &name : names) {
    TENON_ASSIGN_OR_RETURN(TargetT target, TargetT::find(name));
    targets.push_back(std::move(target));
  }
  if (!names.empty())
    return targets;
  for (const TargetT &target : TargetT::builtins())
    if (!target.onlyFor ||
        llvm::any_of(*target.onlyFor, [&](const std::string &kind) {
          return llvm::is_contained(arithmetic, kind);
        }))
      targets.push_back(target);
  return targets;
}

/// The names of targets, for passes: those that were asked for, or of
/// `targets`, which are chosen by default and depend on the model.
template <typename TargetT>
llvm::SmallVector<std::string>
targetNames(const std::vector<std::string> &names,
            const Result<std::vector<TargetT>> &targets) {
  llvm::SmallVector<std::string> all(names.begin(), names.end());
  if (names.empty() && targets)
    for (const TargetT &target : *targets)
      all.push_back(target.name);
  return all;
}

/// The target that a kernel's module is for, out of those that were asked for.
template <typename TargetT>
Result<TargetT> targetOf(mlir::ModuleOp module,
                         Result<std::vector<TargetT>> targets) {
  auto name = module->getAttrOfType<mlir::StringAttr>("tenon.target");
  if (!name)
    return Status::internal("", "module has no tenon.target");
  if (!targets)
    return targets.takeStatus();
  for (TargetT &target : *targets)
    if (target.name == name.getValue())
      return std::move(target);
  return TargetT::find(name.str());
}

} // namespace tenon

#endif // TENON_CODEGEN_TARGETS_H
