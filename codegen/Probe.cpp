//===- Probe.cpp - what a kernel that measures a device says --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "codegen/Probe.h"

#include "mlir/IR/Builders.h"

using namespace tenon;
using namespace mlir;

/// The fields that are numbers, by their names in the attribute.
static constexpr std::pair<const char *, int64_t Probe::*> numberFields[] = {
    {"tasks", &Probe::tasks},       {"steps", &Probe::steps},
    {"launches", &Probe::launches}, {"flops", &Probe::flops},
    {"bytes", &Probe::bytes},
};

void Probe::attach(ModuleOp module) const {
  Builder builder(module.getContext());
  NamedAttrList fields;
  fields.set("entry", builder.getStringAttr(entry));
  fields.set("unit", builder.getStringAttr(unit));
  for (auto [name, field] : numberFields)
    fields.set(name, builder.getI64IntegerAttr(this->*field));
  fields.set("products",
             builder.getI64IntegerAttr(static_cast<int64_t>(products)));
  fields.set("sizes", builder.getDenseI64ArrayAttr(sizes));
  module->setAttr("tenon.probe", fields.getDictionary(module.getContext()));
}

Probe Probe::of(ModuleOp module) {
  auto fields = module->getAttrOfType<DictionaryAttr>("tenon.probe");
  Probe probe;
  probe.entry = fields.getAs<StringAttr>("entry").str();
  probe.unit = fields.getAs<StringAttr>("unit").str();
  for (auto [name, field] : numberFields)
    probe.*field = fields.getAs<IntegerAttr>(name).getInt();
  probe.products = static_cast<format::Products>(
      fields.getAs<IntegerAttr>("products").getInt());
  llvm::append_range(probe.sizes,
                     fields.getAs<DenseI64ArrayAttr>("sizes").asArrayRef());
  return probe;
}
