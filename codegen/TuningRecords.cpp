//===- TuningRecords.cpp - what tuning found ------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/TuningRecords.h"

#include "dialect/Types.h"
#include "support/File.h"
#include "support/Hash.h"
#include "support/Text.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

using namespace tenon;
using namespace mlir;

std::string tenon::kernelHash(func::FuncOp kernel) {
  OwningOpRef<func::FuncOp> copy(kernel.clone());
  copy->setName("kernel");
  copy.get()->removeAttr("tenon.schedules");
  // The pass that chooses schedules adds these to the kernel's own attributes.
  for (unsigned i = 0; i < copy->getNumArguments(); ++i) {
    copy->removeArgAttr(i, "tenon.pitch");
    copy->removeArgAttr(i, "tenon.block");
  }
  for (unsigned i = 0; i < copy->getNumResults(); ++i)
    copy->removeResultAttr(i, "tenon.pitch");
  std::string text;
  llvm::raw_string_ostream os(text);
  copy->print(os, OpPrintingFlags().useLocalScope());
  return hash128(text).toString();
}

static Result<std::vector<int64_t>> readList(const TomlFile &file,
                                             const toml::node &node) {
  std::vector<int64_t> sizes;
  const toml::array *list = node.as_array();
  if (!list)
    return file.error(node, "sizes are a list of integers");
  for (const toml::node &entry : *list) {
    auto size = entry.value_exact<int64_t>();
    constexpr int64_t largest = 1 << 20;
    if (!size || *size < 0 || *size > largest)
      return file.error(entry,
                        concat("a size is an integer in 0 .. ", largest));
    sizes.push_back(*size);
  }
  return sizes;
}

Result<ScheduleSizes> tenon::readSizes(const TomlFile &file,
                                       const toml::table &table) {
  ScheduleSizes sizes;
  TomlReader reader(file, table);
  reader.optional("emitter", sizes.emitter);
  TENON_RETURN_IF_ERROR(reader.status);
  if (const toml::node *tile = table.get("tile")) {
    TENON_ASSIGN_OR_RETURN(sizes.tile, readList(file, *tile));
  }
  if (const toml::node *block = table.get("block")) {
    TENON_ASSIGN_OR_RETURN(sizes.block, readList(file, *block));
  }
  return sizes;
}

Result<TomlFile> tenon::loadRecords(const std::string &path, Status &damage) {
  TENON_ASSIGN_OR_RETURN(std::string text, readFile(path, TomlFile::maxSize));
  auto whole = TomlFile::parse(text, path);
  if (whole || !StringRef(text).starts_with(recordsTitle))
    return whole;
  damage = whole.takeStatus();
  // Whatever is before the damage can be read without what is behind.
  std::vector<size_t> ends;
  for (size_t at = 0; (at = text.find("\n[[", at)) != std::string::npos; ++at)
    ends.push_back(at + 1);
  auto canRead = [&](size_t end) {
    return bool(TomlFile::parse(text.substr(0, end), path));
  };
  auto end = llvm::partition_point(ends, canRead);
  return TomlFile::parse(end == ends.begin() ? std::string()
                                             : text.substr(0, *std::prev(end)),
                         path);
}

Result<std::vector<const toml::table *>>
tenon::tablesOf(const TomlFile &file, const std::string &key) {
  std::vector<const toml::table *> tables;
  const toml::node *node = file.root().get(key);
  if (!node)
    return tables;
  const toml::array *list = node->as_array();
  if (!list)
    return file.error(*node, concat(key, "s are listed as [[", key, "]]"));
  for (const toml::node &entry : *list) {
    const toml::table *table = entry.as_table();
    if (!table)
      return file.error(entry, concat("[[", key, "]] is a table"));
    tables.push_back(table);
  }
  return tables;
}

ArrayRef<int64_t> tenon::panelWidths() {
  static constexpr int64_t widths[] = {16, 32, 64};
  return widths;
}

std::optional<PanelRecord> tenon::matrixOf(MatmulOp op) {
  Value stored = op.getRhs();
  if (auto codes = stored.getDefiningOp<DequantizeOp>())
    stored = codes.getX();
  SmallVector<DimAttr> right = getDims(op.getRhs());
  bool isPacked = op.getColumns().has_value();
  DimAttr depth = getDims(op.getLhs()).back();
  DimAttr columns = getDims(op.getResult()).back();
  if ((!isPacked && right.size() != 2) || !depth.isConstant() ||
      !columns.isConstant())
    return std::nullopt;
  PanelRecord record;
  record.depth = depth.getValue();
  record.columns = columns.getValue();
  llvm::raw_string_ostream(record.type) << getElementType(stored.getType());
  return record;
}

Result<PanelRecord> PanelRecord::parse(const TomlFile &file,
                                       const toml::table &table) {
  static const std::string keys[] = {"depth",  "columns", "type",  "width",
                                     "target", "cpu",     "shape", "tried"};
  TENON_RETURN_IF_ERROR(file.checkKeys(table, keys));
  PanelRecord record;
  TomlReader reader(file, table);
  reader.required("depth", record.depth);
  reader.required("columns", record.columns);
  reader.required("type", record.type);
  reader.optional("width", record.width);
  reader.optional("target", record.target);
  reader.optional("cpu", record.cpu);
  reader.optional("shape", record.shape);
  TENON_RETURN_IF_ERROR(reader.status);
  if (const toml::node *tried = table.get("tried")) {
    TENON_ASSIGN_OR_RETURN(record.tried, readList(file, *tried));
  }
  return record;
}

Result<TuningRecord> TuningRecord::parse(const TomlFile &file,
                                         const toml::table &table) {
  static const std::string keys[] = {"name",  "hash",    "target",     "cpu",
                                     "shape", "emitter", "tile",       "block",
                                     "tried", "seconds", "own_seconds"};
  TENON_RETURN_IF_ERROR(file.checkKeys(table, keys));
  TuningRecord record;
  TomlReader reader(file, table);
  reader.required("hash", record.hash);
  reader.required("target", record.target);
  reader.required("cpu", record.cpu);
  reader.optional("name", record.name);
  reader.optional("shape", record.shape);
  TENON_RETURN_IF_ERROR(reader.status);
  auto isHexDigit = [](char c) { return std::isxdigit(uint8_t(c)) != 0; };
  if (record.hash.size() != 32 || !llvm::all_of(record.hash, isHexDigit))
    return file.error(*table.get("hash"),
                      "a kernel's hash is 32 hexadecimal digits");
  record.seconds = table["seconds"].value_or(0.0);
  record.ownSeconds = table["own_seconds"].value_or(0.0);
  TENON_ASSIGN_OR_RETURN(record.best, readSizes(file, table));
  if (const toml::node *tried = table.get("tried")) {
    const toml::array *list = tried->as_array();
    if (!list)
      return file.error(*tried, "what was tried is a list of tables");
    for (const toml::node &node : *list) {
      const toml::table *sizes = node.as_table();
      if (!sizes)
        return file.error(node, "what was tried is a list of tables");
      TENON_ASSIGN_OR_RETURN(ScheduleSizes both, readSizes(file, *sizes));
      record.tried.push_back(std::move(both));
    }
  }
  return record;
}

static std::string textOf(const std::vector<int64_t> &sizes) {
  std::string text = "[";
  for (int64_t size : sizes)
    text += concat(text.size() == 1 ? "" : ", ", size);
  return text + "]";
}

/// A basic string of TOML.
static std::string quoted(const std::string &value) {
  std::string text = "\"";
  for (char c : value) {
    if (c == '"' || c == '\\')
      text += '\\';
    text += uint8_t(c) < 0x20 ? ' ' : c;
  }
  return text + "\"";
}

std::string PanelRecord::text() const {
  std::string out =
      concat("[[panel]]\ndepth = ", depth, "\ncolumns = ", columns,
             "\ntype = ", quoted(type), "\ntarget = ", quoted(target),
             "\ncpu = ", quoted(cpu), "\nshape = ", quoted(shape), "\n");
  if (width)
    out += concat("width = ", width, "\n");
  return out + "tried = " + textOf(tried) + "\n";
}

std::string TuningRecord::text() const {
  std::string out = "[[kernel]]\n";
  auto add = [&](const char *key, const std::string &value) {
    out += concat(key, " = ", value, "\n");
  };
  auto number = [](double value) {
    char digits[32];
    // TOML takes 1.5e-05, but no 1e.
    std::snprintf(digits, sizeof(digits), "%.4e", value);
    return std::string(digits);
  };
  add("name", quoted(name));
  add("hash", quoted(hash));
  add("target", quoted(target));
  add("cpu", quoted(cpu));
  add("shape", quoted(shape));
  if (!best.emitter.empty())
    add("emitter", quoted(best.emitter));
  if (!best.tile.empty())
    add("tile", textOf(best.tile));
  if (!best.block.empty())
    add("block", textOf(best.block));
  add("seconds", number(seconds));
  add("own_seconds", number(ownSeconds));
  out += "tried = [";
  for (const ScheduleSizes &sizes : tried)
    out += concat("\n  { ",
                  sizes.emitter.empty()
                      ? std::string()
                      : concat("emitter = ", quoted(sizes.emitter), ", "),
                  "tile = ", textOf(sizes.tile),
                  ", block = ", textOf(sizes.block), " },");
  return out + (tried.empty() ? "]\n" : "\n]\n");
}
