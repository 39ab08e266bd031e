//===- Family.cpp - the families of models that are known -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Family.h"

#include "support/Text.h"

#include <algorithm>
#include <filesystem>

using namespace tenon;
namespace fs = std::filesystem;

namespace {
/// Reads one `model.toml`.
class FamilyReader {
public:
  FamilyReader(const TomlFile &file, Family &family)
      : file(file), family(family) {}

  Status read();

private:
  Status readArchitectures(const toml::table &table);
  Status readTasks(const toml::table &table);
  Status readAliases(const toml::table &table);
  Status readText(const toml::table &table, std::string_view key, bool required,
                  std::string &text);
  Status readList(const toml::node &node, std::vector<std::string> &list);
  Result<const toml::table *> readTable(const toml::table &table,
                                        std::string_view key);

  const TomlFile &file;
  Family &family;
};
} // namespace

Status FamilyReader::readText(const toml::table &table, std::string_view key,
                              bool required, std::string &text) {
  const toml::node *node = table.get(key);
  if (!node)
    return required ? file.error(table, concat("'", key, "' is missing"))
                    : Status::ok();
  const auto *value = node->as_string();
  if (!value)
    return file.error(*node, concat("'", key, "' must be a string"));
  text = value->get();
  if (required && text.empty())
    return file.error(*node, concat("'", key, "' is empty"));
  return Status::ok();
}

Status FamilyReader::readList(const toml::node &node,
                              std::vector<std::string> &list) {
  const toml::array *array = node.as_array();
  if (!array)
    return file.error(node, "expected a list of strings");
  for (const toml::node &element : *array) {
    const auto *text = element.as_string();
    if (!text)
      return file.error(element, "expected a string");
    list.push_back(text->get());
  }
  return Status::ok();
}

Result<const toml::table *> FamilyReader::readTable(const toml::table &table,
                                                    std::string_view key) {
  static const toml::table empty;
  const toml::node *node = table.get(key);
  if (!node)
    return &empty;
  if (const toml::table *found = node->as_table())
    return found;
  return file.error(*node, concat("'", key, "' must be a table"));
}

Status FamilyReader::readArchitectures(const toml::table &table) {
  static const std::vector<std::string> keys = {"model", "tasks"};
  for (const auto &[name, node] : table) {
    const toml::table *entry = node.as_table();
    if (!entry)
      return file.error(node, "expected { model = ..., tasks = [...] }");
    TENON_RETURN_IF_ERROR(file.checkKeys(*entry, keys));
    Family::Architecture architecture;
    TENON_RETURN_IF_ERROR(readText(*entry, "model", true, architecture.model));
    if (const toml::node *tasks = entry->get("tasks"))
      TENON_RETURN_IF_ERROR(readList(*tasks, architecture.tasks));
    for (const std::string &task : architecture.tasks)
      if (!family.tasks.count(task))
        return file.error(
            *entry, concat("there is no task ", quote(task), " in [tasks]"));
    family.architectures[std::string(name.str())] = std::move(architecture);
  }
  return Status::ok();
}

Status FamilyReader::readTasks(const toml::table &table) {
  static const std::vector<std::string> keys = {"model", "needs"};
  for (const auto &[name, node] : table) {
    const toml::table *entry = node.as_table();
    if (!entry)
      return file.error(node, "expected { model = ... }");
    TENON_RETURN_IF_ERROR(file.checkKeys(*entry, keys));
    Family::Task task;
    TENON_RETURN_IF_ERROR(readText(*entry, "model", true, task.model));
    TENON_RETURN_IF_ERROR(readText(*entry, "needs", false, task.needs));
    family.tasks[std::string(name.str())] = std::move(task);
  }
  return Status::ok();
}

Status FamilyReader::readAliases(const toml::table &table) {
  for (const auto &[name, node] : table)
    TENON_RETURN_IF_ERROR(
        readList(node, family.aliases[std::string(name.str())]));
  return Status::ok();
}

Status FamilyReader::read() {
  static const std::vector<std::string> keys = {
      "family", "arch", "architectures", "tasks", "aliases", "assets"};
  static const std::vector<std::string> assetKeys = {"files", "own"};
  const toml::table &root = file.root();
  TENON_RETURN_IF_ERROR(file.checkKeys(root, keys));
  TENON_RETURN_IF_ERROR(readText(root, "family", true, family.name));
  std::string arch;
  TENON_RETURN_IF_ERROR(readText(root, "arch", true, arch));
  family.archFile = (fs::path(family.folder) / arch).string();
  TENON_ASSIGN_OR_RETURN(const toml::table *tasks, readTable(root, "tasks"));
  TENON_RETURN_IF_ERROR(readTasks(*tasks));
  TENON_ASSIGN_OR_RETURN(const toml::table *architectures,
                         readTable(root, "architectures"));
  TENON_RETURN_IF_ERROR(readArchitectures(*architectures));
  TENON_ASSIGN_OR_RETURN(const toml::table *aliases,
                         readTable(root, "aliases"));
  TENON_RETURN_IF_ERROR(readAliases(*aliases));
  TENON_ASSIGN_OR_RETURN(const toml::table *assets, readTable(root, "assets"));
  TENON_RETURN_IF_ERROR(file.checkKeys(*assets, assetKeys));
  if (const toml::node *files = assets->get("files"))
    TENON_RETURN_IF_ERROR(readList(*files, family.assets));
  if (const toml::node *own = assets->get("own"))
    TENON_RETURN_IF_ERROR(readList(*own, family.ownAssets));
  for (std::string &file : family.ownAssets)
    file = (fs::path(family.folder) / file).lexically_normal().string();
  return Status::ok();
}

Result<Family> Family::read(const TomlFile &file, std::string folder) {
  Family family;
  family.folder = std::move(folder);
  TENON_RETURN_IF_ERROR(FamilyReader(file, family).read());
  return family;
}

Result<FamilyRegistry>
FamilyRegistry::scan(const std::vector<std::string> &searchPaths) {
  FamilyRegistry registry;
  for (const std::string &path : searchPaths) {
    std::error_code error;
    std::vector<fs::path> folders;
    for (fs::directory_iterator it(path, error), end; !error && it != end;
         it.increment(error))
      folders.push_back(it->path());
    if (error)
      return Status::invalid(path, "can't be read as a folder of models: " +
                                       error.message());
    // The file system's order is nobody's.
    std::sort(folders.begin(), folders.end());
    for (const fs::path &folder : folders) {
      std::string settings = (folder / "model.toml").string();
      if (!fs::exists(settings, error))
        continue;
      TENON_ASSIGN_OR_RETURN(TomlFile file, TomlFile::load(settings));
      TENON_ASSIGN_OR_RETURN(Family family,
                             Family::read(file, folder.string()));
      registry.families.push_back(std::move(family));
    }
  }
  return registry;
}

const Family *FamilyRegistry::find(const std::string &architecture) const {
  for (const Family &family : families)
    if (family.architectures.count(architecture))
      return &family;
  return nullptr;
}

std::vector<std::string> FamilyRegistry::architectures() const {
  std::vector<std::string> names;
  for (const Family &family : families)
    for (const auto &[name, architecture] : family.architectures)
      names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}
