//===- PlanWriter.cpp - launches as a plan --------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/PlanWriterImpl.h"

#include "codegen/Cost.h"
#include "codegen/KernelFrame.h"
#include "dialect/Dims.h"
#include "dialect/HostTensor.h"
#include "dialect/Types.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace tenon;
using namespace tenon::detail;
using namespace tenon::format;
using namespace mlir;

Result<DType> tenon::dtypeOf(Type type) {
  if (type.isF32())
    return DType::F32;
  if (type.isF16())
    return DType::F16;
  if (type.isBF16())
    return DType::BF16;
  if (type.isInteger(64))
    return DType::I64;
  if (type.isInteger(32))
    return DType::I32;
  if (type.isInteger(8))
    return DType::I8;
  if (type.isInteger(1))
    return DType::Bool;
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return Status::internal("", "elements of type " + text + " can't be stored");
}

std::string tenon::placeOf(Location loc) {
  std::string place;
  loc->walk([&](Location part) {
    auto file = dyn_cast<FileLineColLoc>(part);
    if (!file || !place.empty())
      return WalkResult::advance();
    place = (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
             Twine(file.getColumn()))
                .str();
    return WalkResult::interrupt();
  });
  return place;
}

//===----------------------------------------------------------------------===//
// Dims, constants, kernels
//===----------------------------------------------------------------------===//

uint32_t PlanWriter::node(DimAttr dim) {
  if (auto it = known.find(dim); it != known.end())
    return it->second;
  PlanBuilder &plan = out.plan;
  ArrayRef<DimAttr> operands = dim.getOperands();
  auto fold = [&](uint32_t first, DimOp op) {
    for (DimAttr operand : operands)
      first = plan.dim(op, first, node(operand));
    return first;
  };
  uint32_t result;
  switch (dim.getKind()) {
  case DimKind::Constant:
    result = plan.constantDim(dim.getValue());
    break;
  case DimKind::Symbol:
    result = plan.symbolDim(symbols.at(dim.getName().getValue()));
    break;
  case DimKind::Mul:
    result = fold(plan.constantDim(dim.getValue()), DimOp::Mul);
    break;
  case DimKind::FloorDiv:
    result = plan.floorDiv(node(operands[0]), node(operands[1]));
    break;
  case DimKind::Add:
  case DimKind::Min:
  case DimKind::Max: {
    DimOp op = dim.getKind() == DimKind::Add   ? DimOp::Add
               : dim.getKind() == DimKind::Min ? DimOp::Min
                                               : DimOp::Max;
    result = node(operands.front());
    operands = operands.drop_front();
    result = fold(result, op);
    break;
  }
  }
  known[dim] = result;
  return result;
}

std::vector<uint32_t> PlanWriter::nodes(ArrayRef<DimAttr> dims) {
  std::vector<uint32_t> result;
  for (DimAttr dim : dims)
    result.push_back(node(dim));
  return result;
}

void PlanWriter::writeSymbols() {
  for (auto symbol : module.getOps<SymbolOp>())
    symbols[symbol.getSymName()] = out.plan.addSymbol(
        symbol.getSymName().str(), symbol.getMin(), symbol.getMax(),
        symbol.getTypical(), symbol.getLate());
}

Status PlanWriter::writeConstants() {
  llvm::StringMap<bool> used;
  module.walk([&](GlobalRefOp ref) { used[ref.getGlobal()] = true; });
  for (auto global : module.getOps<GlobalOp>()) {
    if (!used.lookup(global.getSymName()))
      continue;
    auto type = cast<RankedTensorType>(global.getType());
    TENON_ASSIGN_OR_RETURN(DType dtype, dtypeOf(type.getElementType()));
    // Named after the checkpoint's tensors, for inspection.
    std::string name;
    global.getBody().walk([&](WeightOp weight) {
      name += (name.empty() ? "" : "+") + weight.getPath().str();
    });
    if (name.empty())
      name = global.getSymName().str();
    constants[global.getSymName()] = out.plan.addConstant(
        name, dtype, std::vector<int64_t>(type.getShape()));
    out.constants.push_back(global);
  }
  return Status::ok();
}

void PlanWriter::writeKernels() {
  for (auto kernel : module.getOps<func::FuncOp>()) {
    if (!kernel->hasAttr("tenon.kernel"))
      continue;
    auto dims = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
    kernels[kernel.getName()] = out.plan.addKernel(
        kernel.getName().str(), bufferCount(kernel), dims.size());
  }
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

Result<PortSpec> PlanWriter::writePort(Type type, DictionaryAttr attributes,
                                       const std::string &fallback) {
  PortSpec port;
  TENON_ASSIGN_OR_RETURN(port.type, dtypeOf(getElementType(type)));
  port.dims = nodes(getDims(type));
  port.name = fallback;
  if (!attributes)
    return port;
  if (auto name = attributes.getAs<StringAttr>("tenon.name"))
    port.name = name.str();
  if (Attribute fill = attributes.get("tenon.fill")) {
    port.defaultKind = DefaultKind::Fill;
    if (auto number = dyn_cast<FloatAttr>(fill))
      port.defaultValue = number.getValueAsDouble();
    else if (auto integer = dyn_cast<IntegerAttr>(fill))
      port.defaultValue = static_cast<double>(
          integer.getType().isInteger(1)
              ? static_cast<int64_t>(integer.getValue().getZExtValue())
              : integer.getInt());
  } else if (attributes.contains("tenon.iota")) {
    port.defaultKind = DefaultKind::Iota;
  }
  if (auto range = attributes.getAs<DenseI64ArrayAttr>("tenon.range"))
    port.bounds = {range[0], range[1]};
  return port;
}

Status PlanWriter::writeEntry(func::FuncOp entry) {
  EntrySpec spec;
  spec.name = entry.getName().str();
  places.clear();
  TENON_RETURN_IF_ERROR(useStates(entry, spec));
  for (BlockArgument argument : entry.getArguments()) {
    unsigned i = argument.getArgNumber();
    if (isa<StateType>(argument.getType()))
      continue; // They stand behind the tensors.
    TENON_ASSIGN_OR_RETURN(
        PortSpec port, writePort(argument.getType(), entry.getArgAttrDict(i),
                                 "input" + std::to_string(i)));
    spec.inputs.push_back(std::move(port));
    places[argument] = {ArgKind::Input, i};
  }
  Operation *yield = entry.getBody().front().getTerminator();
  for (auto [i, value] : llvm::enumerate(yield->getOperands())) {
    if (isa<StateType>(value.getType()))
      continue;
    TENON_ASSIGN_OR_RETURN(
        PortSpec port, writePort(value.getType(), entry.getResultAttrDict(i),
                                 "output" + std::to_string(i)));
    spec.outputs.push_back(std::move(port));
    if (!places.try_emplace(value, Arg{ArgKind::Output, uint32_t(i)}).second)
      return Status::internal(spec.name, "returns a value twice");
  }
  for (Operation &op : entry.getBody().front()) {
    if (auto ref = dyn_cast<GlobalRefOp>(op)) {
      places[ref] = {ArgKind::Constant, constants.at(ref.getGlobal())};
    } else if (auto launch = dyn_cast<LaunchOp>(op)) {
      TENON_RETURN_IF_ERROR(writeLaunch(launch, spec));
    } else if (auto require = dyn_cast<RequireOp>(op)) {
      CheckSpec check;
      check.left = node(require.getLeft());
      check.right = node(require.getRight());
      check.relation = static_cast<Relation>(require.getKind());
      if (auto message = require->getAttrOfType<StringAttr>("tenon.message"))
        check.message = message.str();
      else
        check.message = require.getLeft().str() + " " +
                        stringifyCompareKind(require.getKind()).str() + " " +
                        require.getRight().str();
      if (std::string place = placeOf(op.getLoc()); !place.empty())
        check.message += " (" + place + ")";
      spec.checks.push_back(std::move(check));
    } else if (!op.hasTrait<OpTrait::IsTerminator>()) {
      return Status::internal(spec.name, op.getName().getStringRef().str() +
                                             " is left outside of kernels");
    }
  }
  planWaits(spec);
  out.plan.addEntry(std::move(spec));
  return Status::ok();
}

Status PlanWriter::writeLaunch(LaunchOp launch, EntrySpec &spec) {
  auto kernel = module.lookupSymbol<func::FuncOp>(launch.getKernel());
  uint32_t index = spec.launches.size();
  LaunchSpec out;
  out.kernel = kernels.at(launch.getKernel());
  for (auto [i, input] : llvm::enumerate(launch.getInputs()))
    if (isa<StateType>(input.getType()))
      TENON_RETURN_IF_ERROR(pushState(launch, kernel, i, out.args));
    else
      out.args.push_back(places.at(input));
  for (auto [i, output] : llvm::enumerate(launch.getOutputs())) {
    if (isa<StateType>(output.getType())) {
      TENON_RETURN_IF_ERROR(updateState(launch, kernel, i));
      continue;
    }
    auto it = places.find(output);
    if (it == places.end()) {
      SmallVector<DimAttr> dims = getDims(output);
      // Pitches are constants: they belong to long rows of known length.
      if (DimAttr pitch = kernel.getResultAttrOfType<DimAttr>(i, "tenon.pitch"))
        dims.back() = pitch;
      int64_t width = byteWidth(getElementType(output.getType()));
      DimAttr bytes = productOf(launch.getContext(), dims) * width;
      it = places
               .try_emplace(output,
                            Arg{ArgKind::Buffer, uint32_t(spec.buffers.size())})
               .first;
      spec.buffers.push_back({node(bytes), index, index, uint32_t(width)});
    }
    out.args.push_back(it->second);
  }
  // The kernel's dims in terms of the entry's.
  auto names = kernel->getAttrOfType<ArrayAttr>("tenon.dims");
  llvm::StringMap<DimAttr> meaning;
  for (auto [name, dim] : llvm::zip(names, launch.getDims().getDims()))
    meaning[cast<StringAttr>(name).getValue()] = dim;
  auto outside = [&](DimAttr dim) {
    return node(substituteDims(dim, [&](DimAttr symbol) {
      return meaning.lookup(symbol.getName().getValue());
    }));
  };
  out.dims = nodes(launch.getDims().getDims());
  for (const VariantInfo &variant : variants) {
    ModuleOp code;
    for (auto nested : module.getOps<ModuleOp>())
      if (nested->getAttrOfType<StringAttr>("tenon.target") == variant.name &&
          nested->getAttrOfType<StringAttr>("tenon.kernel") == kernel.getName())
        code = nested;
    if (!code)
      return Status::internal(kernel.getName().str(),
                              "has no code for " + variant.name);
    out.shapes.push_back(
        {outside(code->getAttrOfType<DimAttr>("tenon.grid")),
         outside(code->getAttrOfType<DimAttr>("tenon.scratch"))});
  }
  std::string label;
  launch.getLoc()->walk([&](Location loc) {
    if (auto name = dyn_cast<NameLoc>(loc))
      label += (label.empty() ? "" : " ") + name.getName().str();
    return WalkResult::advance();
  });
  out.label = label;
  out.flops = outside(flopsOf(kernel));
  out.bytes = outside(trafficOf(kernel));
  out.products = productsOf(kernel);
  spec.launches.push_back(std::move(out));
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

/// Marks the launches that must wait, and makes buffers live from wait to wait:
/// between two of them, launches may run in any order on different threads, so
/// none of their buffers may share memory.
void PlanWriter::planWaits(EntrySpec &spec) {
  auto kernelOf = [&](const LaunchSpec &launch) {
    for (auto function : module.getOps<func::FuncOp>())
      if (function->hasAttr("tenon.kernel") &&
          kernels.at(function.getName()) == launch.kernel)
        return function;
    llvm_unreachable("a launch has a kernel");
  };
  std::vector<uint32_t> intervalStart;
  std::vector<std::pair<ArgKind, uint32_t>> written;
  uint32_t start = 0;
  for (auto [i, launch] : llvm::enumerate(spec.launches)) {
    func::FuncOp kernel = kernelOf(launch);
    unsigned reads = 0;
    for (Type type : kernel.getArgumentTypes())
      reads += buffersOfArgument(type);
    auto isWritten = [&](const Arg &arg) {
      return llvm::is_contained(written, std::pair(arg.kind, arg.index));
    };
    launch.waitBefore =
        i > 0 &&
        llvm::any_of(ArrayRef<Arg>(launch.args).take_front(reads), isWritten);
    if (launch.waitBefore) {
      written.clear();
      start = i;
    }
    intervalStart.push_back(start);
    for (const Arg &arg : ArrayRef<Arg>(launch.args).drop_front(reads))
      written.push_back({arg.kind, arg.index});
    // A kernel that changes states returns them, and reads none besides.
    if (llvm::any_of(kernel.getResultTypes(), llvm::IsaPred<StateType>))
      for (const Arg &arg : launch.args)
        if (arg.kind == ArgKind::State)
          written.push_back({arg.kind, arg.index});
    for (const Arg &arg : launch.args)
      if (arg.kind == ArgKind::Buffer) {
        Buffer &buffer = spec.buffers[arg.index];
        buffer.first = std::min<uint32_t>(buffer.first, i);
        buffer.last = std::max<uint32_t>(buffer.last, i);
      }
  }
  for (Buffer &buffer : spec.buffers) {
    buffer.first = intervalStart[buffer.first];
    uint32_t end = intervalStart[buffer.last];
    while (buffer.last + 1 < spec.launches.size() &&
           intervalStart[buffer.last + 1] == end)
      ++buffer.last;
  }
}

Result<WrittenPlan> PlanWriter::run() {
  writeSymbols();
  TENON_RETURN_IF_ERROR(writeConstants());
  for (const VariantInfo &variant : variants)
    out.plan.addVariant(variant.name, variant.features);
  writeKernels();
  TENON_RETURN_IF_ERROR(writeStates());
  for (auto entry : module.getOps<func::FuncOp>())
    if (entry->hasAttr("tenon.entry"))
      TENON_RETURN_IF_ERROR(writeEntry(entry));
  return std::move(out);
}

Result<WrittenPlan> tenon::writePlan(ModuleOp module,
                                     const std::vector<VariantInfo> &variants) {
  return PlanWriter(module, variants).run();
}
