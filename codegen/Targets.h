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

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tenon {

/// The targets in files that were embedded at build time: {name, text}.
template <typename TargetT>
std::vector<TargetT> parseTargets(std::span<const char *const[2]> files) {
  std::vector<TargetT> targets;
  for (auto [name, text] : files) {
    auto target = TargetT::parse(text, name);
    assert(target && "a built-in target file must parse");
    targets.push_back(std::move(*target));
  }
  return targets;
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

/// The targets of these names; the first `defaults` built-in ones if there are
/// none.
template <typename TargetT>
Result<std::vector<TargetT>> findTargets(const std::vector<std::string> &names,
                                         size_t defaults) {
  std::vector<TargetT> targets;
  for (const std::string &name : names) {
    TENON_ASSIGN_OR_RETURN(TargetT target, TargetT::find(name));
    targets.push_back(std::move(target));
  }
  if (targets.empty()) {
    auto builtins = TargetT::builtins().first(defaults);
    targets.assign(builtins.begin(), builtins.end());
  }
  return targets;
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
