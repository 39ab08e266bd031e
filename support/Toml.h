//===- Toml.h - reading TOML settings ---------------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// toml++ without exceptions. Include this, never toml++ itself: its settings
// must be the same everywhere.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_TOML_H
#define TENON_SUPPORT_TOML_H

#include "support/Status.h"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/impl/preprocessor.h>
// The parser takes it for granted that a key begins where it looks for one, and
// only then reports that none does: `[.x]`.
#undef TOML_ASSERT_ASSUME
#define TOML_ASSERT_ASSUME(expr) static_assert(true)
#include <toml++/toml.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tenon {

/// A parsed TOML file that remembers its text, so that errors about values show
/// the line: `policy.toml:3:8: ...`.
class TomlFile {
public:
  static Result<TomlFile> load(const std::string &path);
  static Result<TomlFile> parse(std::string text, std::string name);

  const toml::table &root() const { return *root_; }
  const std::string &name() const { return name_; }

  /// An error at a value, a key or a table of this file.
  Status error(const toml::source_region &place, std::string what) const;
  Status error(const toml::node &node, std::string what) const {
    return error(node.source(), std::move(what));
  }

  /// Fails at the first key of `table` that isn't known, with what may have
  /// been meant.
  Status checkKeys(const toml::table &table,
                   std::span<const std::string> known) const;

private:
  TomlFile(std::string name, std::string text, toml::table root)
      : name_(std::move(name)), text_(std::move(text)),
        root_(std::make_shared<toml::table>(std::move(root))) {}

  std::string name_, text_;
  /// Shared, so that a TomlFile moves without moving its nodes.
  std::shared_ptr<const toml::table> root_;
};

/// Reads the values of one table; the first error stays.
class TomlReader {
public:
  TomlReader(const TomlFile &file, const toml::table &table)
      : file_(file), table_(table) {}

  template <typename T> void required(const char *key, T &value) {
    if (auto found = table_[key].value<T>())
      value = *found;
    else
      fail(key, "must be given");
  }
  void optional(const char *key, std::string &value) {
    if (auto found = table_[key].value<std::string>())
      value = *found;
  }
  /// An integer in low .. high.
  void within(const char *key, int64_t &value, int64_t low, int64_t high) {
    required(key, value);
    if (value < low || value > high)
      fail(key, "must lie in " + std::to_string(low) + " .. " +
                    std::to_string(high));
  }
  void fail(const char *key, std::string what) {
    if (!status.isOk())
      return;
    const toml::node *node = table_.get(key);
    status = file_.error(node ? node->source() : table_.source(),
                         std::string(key) + " " + what);
  }

  Status status;

private:
  const TomlFile &file_;
  const toml::table &table_;
};

/// Reads the table `key` of a file, which must be there, by `read`.
template <typename Read>
Status readTomlTable(const TomlFile &file, const char *key, Read read) {
  const toml::table *table = file.root()[key].as_table();
  if (!table)
    return file.error(file.root().source(),
                      std::string("needs a table [") + key + "]");
  TomlReader reader(file, *table);
  read(reader);
  return reader.status;
}

} // namespace tenon

#endif // TENON_SUPPORT_TOML_H
