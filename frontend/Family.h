//===- Family.h - the families of models that are known ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A family is a folder with `model.toml` and its `.arch` file. The table maps
// what a checkpoint's config.json calls its architecture to a model, and tasks
// to the models that run them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_FRONTEND_FAMILY_H
#define TENON_FRONTEND_FAMILY_H

#include "support/Toml.h"

#include <map>
#include <optional>

namespace tenon {

struct Family {
  struct Architecture {
    std::string model;
    /// What it can do, the usual task first.
    std::vector<std::string> tasks;
  };
  struct Task {
    std::string model;
    /// A file without which the task makes no sense.
    std::string needs;
  };

  std::string name;
  std::string folder;
  std::string archFile; ///< With its folder.
  std::map<std::string, Architecture> architectures;
  std::map<std::string, Task> tasks;
  /// Other keys of config.json that a field may be stored under.
  std::map<std::string, std::vector<std::string>> aliases;
  /// Files of a checkpoint that the runtime reads, as far as they exist.
  std::vector<std::string> assets;
  /// Files of the family that go along, with their folder.
  std::vector<std::string> ownAssets;

  /// What the `model.toml` of a folder says.
  static Result<Family> read(const TomlFile &file, std::string folder);
};

class FamilyRegistry {
public:
  /// Reads every `model.toml` in the folders of `searchPaths`.
  static Result<FamilyRegistry>
  scan(const std::vector<std::string> &searchPaths);

  /// The family that knows an architecture, or null.
  const Family *find(const std::string &architecture) const;
  /// All architectures, sorted.
  std::vector<std::string> architectures() const;

private:
  std::vector<Family> families;
};

} // namespace tenon

#endif // TENON_FRONTEND_FAMILY_H
