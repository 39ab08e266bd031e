//===- Records.cpp - fusion records for people ----------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Records.h"

#include "support/Text.h"
#include "support/Units.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/GlobPattern.h"

#include <nlohmann/json.hpp>

#include <map>

using namespace tenon;

namespace {
struct Line {
  std::string op, kind, rule, bytes, missed, reason, products;
  int64_t typical = 0;
};

/// The ops of one kernel; the first founded it.
struct Kernel {
  std::string entry;
  std::vector<Line> lines;
};

/// Kernels that differ in a layer's number only.
struct Family {
  Kernel first;
  std::vector<std::string> numbers;
};
} // namespace

/// `a.layer.3.b` as `a.layer.*.b`, and the number that was there.
static std::string withoutLayer(llvm::StringRef id, std::string &number) {
  std::string result;
  while (!id.empty()) {
    llvm::StringRef part =
        id.take_until([](char c) { return c == '.' || c == '/' || c == '+'; });
    unsigned value;
    bool isNumber = !part.getAsInteger(10, value);
    if (isNumber && number.empty())
      number = part.str();
    result += isNumber && part == number ? "*" : part.str();
    id = id.drop_front(part.size());
    if (!id.empty()) {
      result += id.front();
      id = id.drop_front();
    }
  }
  return result;
}

/// Ids of merged ops as one: `a.query/m#0+a.key/m#0` is `a.{query,key}/m#0`.
static std::string joined(llvm::StringRef id) {
  llvm::SmallVector<llvm::StringRef> ids;
  id.split(ids, '+');
  if (ids.size() == 1)
    return id.str();
  size_t front = ids[0].size(), back = ids[0].size();
  for (llvm::StringRef other : ids) {
    front = std::min(front, other.size());
    back = std::min(back, other.size());
    for (size_t i = 0; i < front; ++i)
      if (other[i] != ids[0][i])
        front = i;
    for (size_t i = 0; i < back; ++i)
      if (other[other.size() - 1 - i] != ids[0][ids[0].size() - 1 - i])
        back = i;
  }
  // Cut between words only.
  auto isCut = [](char c) { return c == '.' || c == '/'; };
  while (front > 0 && !isCut(ids[0][front - 1]))
    --front;
  while (back > 0 && !isCut(ids[0][ids[0].size() - back]))
    --back;
  std::string middle;
  for (llvm::StringRef other : ids)
    middle += (middle.empty() ? "" : ",") +
              other.slice(front, other.size() - back).str();
  return ids[0].take_front(front).str() + "{" + middle + "}" +
         ids[0].take_back(back).str();
}

static std::string signatureOf(const Kernel &kernel, std::string &number) {
  std::string text = kernel.entry;
  for (const Line &line : kernel.lines)
    text += "|" + withoutLayer(line.op, number) + "|" + line.rule + "|" +
            line.bytes + "|" + line.missed + "|" + line.products;
  return text;
}

static std::string render(const Family &family, bool all) {
  const Kernel &kernel = family.first;
  std::string number, out;
  auto shown = [&](const std::string &id) {
    return joined(all || family.numbers.size() == 1 ? id
                                                    : withoutLayer(id, number));
  };
  const Line &founder = kernel.lines.front();
  out += shown(founder.op);
  if (family.numbers.size() > 1)
    out +=
        concat("   (x", family.numbers.size(), ": * = ", family.numbers.front(),
               " .. ", family.numbers.back(), ")");
  out += "\n";
  if (!founder.missed.empty())
    out += "    a kernel of its own: " + founder.missed + " didn't apply, " +
           founder.reason + "\n";
  size_t width = 0;
  for (const Line &line : kernel.lines)
    if (!line.rule.empty())
      width = std::max(width, shown(line.op).size());
  auto column = [&](std::string cell, size_t size) {
    cell.resize(std::max(cell.size(), size), ' ');
    out += cell + "  ";
  };
  for (const Line &line : kernel.lines) {
    if (line.rule.empty())
      continue;
    out += "    ";
    column(line.rule, 10);
    column(line.kind, 10);
    if (line.typical > 0) {
      column(shown(line.op), width);
      out += concat("saves ", humanSize(line.typical), " (", line.bytes,
                    " bytes)");
    } else {
      out += shown(line.op);
    }
    out += "\n";
  }
  for (const Line &line : kernel.lines)
    if (!line.products.empty())
      out += "    products of " + line.products + "\n";
  return out;
}

Result<std::string> tenon::renderRecords(const std::string &json,
                                         const RecordsView &view) {
  auto document = nlohmann::json::parse(json, nullptr,
                                        /*allow_exceptions=*/false);
  if (!document.is_object() || !document["ops"].is_array())
    return Status::invalid("records", "aren't in the form of this version");
  // Kernels by entry and founder, in order.
  std::vector<Kernel> kernels;
  std::map<std::pair<std::string, std::string>, size_t> places;
  auto text = [](const nlohmann::json &op, const char *key) {
    auto it = op.find(key);
    return it != op.end() && it->is_string() ? it->get<std::string>()
                                             : std::string();
  };
  for (const nlohmann::json &op : document["ops"]) {
    std::pair key(text(op, "entry"), text(op, "kernel"));
    auto [it, isNew] = places.try_emplace(key, kernels.size());
    if (isNew)
      kernels.push_back({key.first, {}});
    Line line{text(op, "op"),      text(op, "kind"),   text(op, "rule"),
              text(op, "bytes"),   text(op, "missed"), text(op, "reason"),
              text(op, "products")};
    if (auto typical = op.find("typical_bytes");
        typical != op.end() && typical->is_number_integer())
      line.typical = typical->get<int64_t>();
    auto &lines = kernels[it->second].lines;
    // The founder leads, whatever the order of the records.
    if (line.rule.empty())
      lines.insert(lines.begin(), std::move(line));
    else
      lines.push_back(std::move(line));
  }
  auto pattern =
      llvm::GlobPattern::create(view.filter.empty() ? "*" : view.filter);
  if (!pattern)
    return Status::usage("--op", llvm::toString(pattern.takeError()));

  llvm::MapVector<llvm::StringRef, Family> families;
  std::vector<std::string> signatures(kernels.size());
  for (size_t i = 0; i < kernels.size(); ++i) {
    Kernel &kernel = kernels[i];
    bool wanted =
        std::any_of(kernel.lines.begin(), kernel.lines.end(),
                    [&](const Line &line) { return pattern->match(line.op); });
    if (!wanted)
      continue;
    std::string number;
    signatures[i] = signatureOf(kernel, number);
    if (view.all)
      signatures[i] += std::to_string(i);
    auto [it, isNew] = families.insert({signatures[i], Family()});
    if (isNew)
      it->second.first = kernel;
    it->second.numbers.push_back(number);
  }
  size_t ops = 0, shown = 0;
  std::string body, entry;
  for (auto &[signature, family] : families) {
    if (family.first.entry != entry) {
      entry = family.first.entry;
      body += "entry " + entry + "\n\n";
    }
    body += render(family, view.all) + "\n";
    ops += family.first.lines.size() * family.numbers.size();
    shown += family.numbers.size();
  }
  return body +
         concat(plural(ops, "op"), " in ", plural(shown, "kernel"), "\n");
}
