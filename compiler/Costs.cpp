//===- Costs.cpp - what kernels must cost ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Costs.h"

#include "codegen/Cost.h"
#include "dialect/TenonOps.h"
#include "runtime/DimValues.h"
#include "support/EditDistance.h"
#include "support/Text.h"
#include "support/Units.h"
#include "tools/tenon/Bench.h"

#include "llvm/ADT/MapVector.h"

using namespace tenon;
using namespace mlir;

/// Kernels by name, in the order of their first launch.
using CostMap = llvm::MapVector<StringRef, KernelCost>;

static void addLaunch(CostMap &map, StringRef kernel, double flops,
                      double bytes, tool::Products products) {
  KernelCost &cost = map[kernel];
  cost.name = kernel.str();
  ++cost.launches;
  cost.flops += flops;
  cost.bytes += bytes;
  cost.products = products;
}

static std::vector<KernelCost> takeCosts(CostMap &map) {
  std::vector<KernelCost> costs;
  for (auto &[name, cost] : map)
    costs.push_back(std::move(cost));
  return costs;
}

static void addSize(std::string &text, StringRef name, int64_t value) {
  text += concat(text.empty() ? "" : ", ", name.str(), "=", value);
}

/// Fails if `shape` names what isn't among `names`.
static Status checkShape(const CostShape &shape,
                         const std::vector<std::string> &names) {
  for (const auto &[name, value] : shape)
    if (!llvm::is_contained(names, name))
      return withSuggestion(
          Status::usage("--shape", concat("the model has no ", quote(name))),
          name, names, "its sizes");
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

Result<std::vector<EntryCosts>> tenon::costsOf(ModuleOp module,
                                               const CostShape &shape) {
  llvm::StringMap<int64_t> values;
  std::vector<std::string> names;
  for (auto symbol : module.getOps<SymbolOp>()) {
    names.push_back(symbol.getSymName().str());
    auto set = shape.find(names.back());
    values[symbol.getSymName()] =
        set == shape.end() ? symbol.getTypical() : set->second;
  }
  TENON_RETURN_IF_ERROR(checkShape(shape, names));
  std::vector<EntryCosts> entries;
  for (auto entry : module.getOps<func::FuncOp>()) {
    if (!entry->hasAttr("tenon.entry"))
      continue;
    EntryCosts &costs = entries.emplace_back();
    costs.entry = entry.getName().str();
    llvm::StringMap<bool> used;
    CostMap map;
    for (auto launch : entry.getBody().getOps<LaunchOp>()) {
      auto kernel = module.lookupSymbol<func::FuncOp>(launch.getKernel());
      auto dims = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
      llvm::StringMap<int64_t> inside;
      for (auto [name, dim] : llvm::zip(dims, launch.getDims().getDims())) {
        auto value = evaluateDim(dim, [&](StringRef symbol) {
          used[symbol] = true;
          return std::optional(values.lookup(symbol));
        });
        inside[cast<StringAttr>(name).getValue()] = value.value_or(0);
      }
      auto evaluate = [&](DimAttr dim) {
        auto value = evaluateDim(dim, [&](StringRef symbol) {
          return std::optional(inside.lookup(symbol));
        });
        return static_cast<double>(value.value_or(0));
      };
      addLaunch(map, launch.getKernel(), evaluate(flopsOf(kernel)),
                evaluate(trafficOf(kernel)), productsOf(kernel));
    }
    costs.kernels = takeCosts(map);
    for (const std::string &name : names)
      if (used.lookup(name))
        addSize(costs.shape, name, values.lookup(name));
  }
  return entries;
}

Result<std::vector<EntryCosts>>
tenon::costsOf(const runtime::Artifact &artifact, const CostShape &shape) {
  const runtime::Plan &plan = artifact.plan();
  std::vector<std::string> names;
  std::vector<int64_t> values;
  for (const format::Symbol &symbol : plan.symbols()) {
    names.emplace_back(plan.text(symbol.name));
    auto set = shape.find(names.back());
    values.push_back(set == shape.end() ? symbol.typical : set->second);
  }
  TENON_RETURN_IF_ERROR(checkShape(shape, names));
  std::vector<int64_t> dims(plan.dims().size());
  runtime::evaluateDims(plan.dims(), values, dims);
  auto value = [&](uint32_t dim) {
    return dims[dim] == runtime::unknownDim ? 0.0
                                            : static_cast<double>(dims[dim]);
  };
  std::vector<EntryCosts> entries;
  for (auto [i, entry] : llvm::enumerate(plan.entries())) {
    EntryCosts &costs = entries.emplace_back();
    costs.entry = plan.text(entry.name);
    CostMap map;
    for (const format::Launch &launch : plan.launches(entry))
      addLaunch(map, plan.text(plan.kernels()[launch.kernel].name),
                value(launch.flops), value(launch.bytes), launch.products);
    costs.kernels = takeCosts(map);
    for (size_t s = 0; s < names.size(); ++s)
      if (plan.symbolsOfEntry(i) >> s & 1)
        addSize(costs.shape, names[s], values[s]);
  }
  return entries;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

std::string tenon::renderCosts(const std::vector<EntryCosts> &entries,
                               const tool::MachinePeak &peak) {
  std::string out;
  auto line = [&](const std::string &name, const std::string &launches,
                  const std::string &flops, const std::string &bytes,
                  const std::string &time, const char *bound) {
    char text[200];
    std::snprintf(text, sizeof(text), "%-32s %8s %8s %8s %10s  %s",
                  name.c_str(), launches.c_str(), flops.c_str(), bytes.c_str(),
                  time.c_str(), bound);
    out += std::string(StringRef(text).rtrim()) + "\n";
  };
  for (const EntryCosts &entry : entries) {
    out += concat("entry ", entry.entry, entry.shape.empty() ? "" : ", ",
                  entry.shape, "\n");
    line("kernel", "launches", "FLOP", "bytes", "at least", "bound by");
    std::vector<std::pair<tool::Roofline, const KernelCost *>> sorted;
    KernelCost all;
    double seconds = 0;
    for (const KernelCost &cost : entry.kernels) {
      sorted.emplace_back(
          tool::Roofline(cost.flops, cost.bytes, peak, cost.products), &cost);
      seconds += sorted.back().first.seconds;
      all.launches += cost.launches;
      all.flops += cost.flops;
      all.bytes += cost.bytes;
    }
    llvm::sort(sorted, [](const auto &a, const auto &b) {
      return a.first.seconds > b.first.seconds;
    });
    for (auto &[roofline, cost] : sorted)
      line(printable(cost->name, 32), concat(cost->launches),
           tool::humanCount(cost->flops), tool::humanCount(cost->bytes),
           humanTime(roofline.seconds), roofline.bound());
    line("all", concat(all.launches), tool::humanCount(all.flops),
         tool::humanCount(all.bytes), humanTime(seconds), "");
    out += "\n";
  }
  const tool::MachinePeak::Arithmetic &best = peak.of(tool::Products::Floats);
  return out + concat("on this machine: ", fixed(best.flops / 1e9, 1),
                      " GFLOP/s with ", best.isa, ", ",
                      fixed(peak.readBytes / 1e9, 1),
                      " GB/s from memory; what is in a cache comes faster\n");
}
