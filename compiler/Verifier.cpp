//===- Verifier.cpp - compiled kernels against the evaluator --------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "compiler/Verifier.h"

#include "codegen/KernelFrame.h"
#include "compiler/PassRunner.h"
#include "compiler/PlanWriter.h"
#include "compiler/SampleInputs.h"
#include "dialect/Types.h"
#include "runtime/Session.h"
#include "support/Text.h"

#include <cmath>
#include <cstring>
#include <random>

using namespace tenon;
using namespace mlir;

namespace {
/// What is wrong with one result of one launch.
struct Difference {
  LaunchOp launch;
  unsigned result;
  double error;
  SmallVector<int64_t> shape, index;
  double actual, expected;
};

/// Checks each launch of an entry as it is done.
class LaunchChecker : public runtime::LaunchObserver {
public:
  LaunchChecker(ModuleOp module, func::FuncOp entry, double tolerance)
      : module(module), context(module), tolerance(tolerance) {
    for (auto launch : entry.getBody().getOps<LaunchOp>())
      launches.push_back(launch);
  }

  void afterLaunch(const runtime::LaunchEvent &event) override;

  std::optional<Difference> first;
  bool failed = false;
  double worst = 0;
  unsigned checked = 0;

private:
  FailureOr<HostTensor> read(Type type, DictionaryAttr attributes,
                             const void *data);
  FailureOr<HostTensor> readState(Type type, DictionaryAttr attributes,
                                  const void *const *buffers);
  void compare(LaunchOp launch, unsigned result, const HostTensor &actual,
               const HostTensor &expected);

  ModuleOp module;
  EvaluateContext context;
  double tolerance;
  std::vector<LaunchOp> launches;
};

} // namespace

/// A tensor out of a kernel's buffer, rows along the last axis `pitch` apart.
FailureOr<HostTensor> LaunchChecker::read(Type type, DictionaryAttr attributes,
                                          const void *data) {
  auto shape = context.shape(module.getLoc(), type);
  if (mlir::failed(shape))
    return failure();
  Type element = getElementType(type);
  int64_t width = byteWidth(element), row = shape->empty() ? 1 : shape->back();
  int64_t pitch = row;
  if (auto attribute =
          attributes ? attributes.getAs<DimAttr>("tenon.pitch") : DimAttr()) {
    auto value = context.dim(module.getLoc(), attribute);
    if (mlir::failed(value))
      return failure();
    pitch = *value;
  }
  int64_t count = countElements(*shape), rows = row ? count / row : 0;
  std::vector<char> bytes(count * width);
  for (int64_t r = 0; r < rows; ++r)
    std::memcpy(bytes.data() + r * row * width,
                static_cast<const char *>(data) + r * pitch * width,
                row * width);
  return HostTensor::fromBytes(element, *shape, bytes);
}

/// What a state holds, out of the two buffers that a kernel gets of it: the
/// memory and the places in it (format::ArgKind::StateBefore).
FailureOr<HostTensor> LaunchChecker::readState(Type type,
                                               DictionaryAttr attributes,
                                               const void *const *buffers) {
  auto shape = context.shape(module.getLoc(), type);
  if (mlir::failed(shape))
    return failure();
  const char *memory = static_cast<const char *>(buffers[0]);
  const int64_t *places = static_cast<const int64_t *>(buffers[1]);
  int64_t axis = cast<StateType>(type).getAxis();
  int64_t block = attributes.getAs<IntegerAttr>("tenon.block").getInt();
  Type element = getElementType(type);
  int64_t rows = shape->front(), positions = (*shape)[axis];
  int64_t outer = countElements(ArrayRef<int64_t>(*shape).slice(1, axis - 1));
  int64_t inner =
      countElements(ArrayRef<int64_t>(*shape).drop_front(axis + 1)) *
      byteWidth(element);
  std::vector<char> bytes(rows * outer * positions * inner);
  char *to = bytes.data();
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t p = 0; p < positions; ++p, to += inner)
        std::memcpy(to,
                    memory + places[places[2 * row + 1] + p / block] +
                        (o * block + p % block) * inner,
                    inner);
  return HostTensor::fromBytes(element, *shape, bytes);
}

/// What rounding to an element type may add to a difference: numbers that
/// differ in their last bit may be rounded apart.
static double roundingOf(Type element, double value) {
  if (element.isBF16())
    return std::ldexp(std::abs(value), -7);
  if (element.isF16())
    return std::ldexp(std::abs(value), -10);
  return element.isInteger(8) ? 1 : 0; // A code.
}

void LaunchChecker::compare(LaunchOp launch, unsigned result,
                            const HostTensor &actual,
                            const HostTensor &expected) {
  double largest = 0, error = 0;
  int64_t place = 0;
  for (int64_t i = 0; i < expected.numElements(); ++i) {
    double x = actual.number(i), y = expected.number(i);
    // Mask fills, as large as a float gets, don't set the scale.
    if (std::isfinite(y) && std::abs(y) < 1e37)
      largest = std::max(largest, std::abs(y));
    if (x == y || (std::isnan(x) && std::isnan(y)))
      continue;
    double d = std::isfinite(x) && std::isfinite(y)
                   ? std::max(0.0, std::abs(x - y) -
                                       roundingOf(expected.elementType(), y))
                   : INFINITY;
    if (d > error) {
      error = d;
      place = i;
    }
  }
  double relative = error == 0 ? 0 : error / std::max(largest, 1e-30);
  worst = std::max(worst, relative);
  if (relative <= tolerance)
    return;
  Difference difference{launch,
                        result,
                        relative,
                        llvm::to_vector(expected.shape()),
                        {},
                        actual.number(place),
                        expected.number(place)};
  for (int64_t stride : expected.strides()) {
    difference.index.push_back(place / stride);
    place %= stride;
  }
  first = std::move(difference);
}

void LaunchChecker::afterLaunch(const runtime::LaunchEvent &event) {
  // Behind a difference, everything is different.
  if (first || failed)
    return;
  LaunchOp launch = launches[event.launch];
  auto kernel = module.lookupSymbol<func::FuncOp>(launch.getKernel());
  context.symbols.clear();
  for (auto [name, value] :
       llvm::zip(kernel->getAttrOfType<ArrayAttr>("tenon.dims"), event.dims))
    context.symbols[cast<StringAttr>(name).getValue()] = value;
  std::vector<HostTensor> inputs;
  std::vector<unsigned> places; // Where the buffers of each argument are.
  unsigned next = 0;
  for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    places.push_back(next);
    DictionaryAttr attributes = kernel.getArgAttrDict(i);
    auto input = isa<StateType>(type)
                     ? readState(type, attributes, &event.buffers[next])
                     : read(type, attributes, event.buffers[next]);
    if ((failed = mlir::failed(input)))
      return;
    inputs.push_back(std::move(*input));
    next += buffersOfArgument(type);
  }
  auto expected = context.runBlock(kernel.getBody().front(), inputs);
  if ((failed = mlir::failed(expected)))
    return;
  ++checked;
  Operation *yield = kernel.getBody().front().getTerminator();
  for (auto [i, type] : llvm::enumerate(kernel.getResultTypes())) {
    FailureOr<HostTensor> actual = failure();
    if (auto update =
            yield->getOperand(i).getDefiningOp<StateUpdateOpInterface>()) {
      unsigned from =
          cast<BlockArgument>(update.getUpdatedState()).getArgNumber();
      actual = readState(type, kernel.getArgAttrDict(from),
                         &event.buffers[places[from]]);
    } else {
      actual = read(type, kernel.getResultAttrDict(i), event.buffers[next++]);
    }
    if ((failed = mlir::failed(actual)))
      return;
    compare(launch, i, *actual, (*expected)[i]);
    if (first)
      return;
  }
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

static std::string describe(Difference &d, const SymbolValues &dims) {
  std::string text = concat("kernel ", d.launch.getKernel().str(),
                            " differs from its meaning");
  if (std::string place = placeOf(d.launch.getLoc()); !place.empty())
    text = place + ": " + text;
  std::map<std::string, int64_t> sorted;
  for (const auto &entry : dims)
    sorted[entry.getKey().str()] = entry.getValue();
  text += "\n  dims:";
  for (auto &[name, value] : sorted)
    text += concat(" ", name, "=", value);
  text += concat("\n  result ", d.result, " at [");
  for (auto [i, index] : llvm::enumerate(d.index))
    text += concat(i ? ", " : "", index);
  char numbers[160];
  std::snprintf(numbers, sizeof(numbers),
                "]: %.9g, expected %.9g\n  error %.3g of the largest element\n",
                d.actual, d.expected, d.error);
  text += numbers;
  text += "  ops:";
  d.launch.getLoc()->walk([&](Location loc) {
    if (auto name = dyn_cast<NameLoc>(loc))
      text += " " + name.getName().str();
    return WalkResult::advance();
  });
  return text + "\n";
}

static Status runEntry(runtime::Session &session, ModuleOp module,
                       func::FuncOp entry, const SymbolValues &dims,
                       std::mt19937_64 &random, LaunchChecker &checker) {
  TENON_ASSIGN_OR_RETURN(SampleInputs inputs,
                         SampleInputs::make(module, entry, dims, random));
  TENON_ASSIGN_OR_RETURN(uint32_t index,
                         session.findEntry(entry.getName().str()));
  runtime::ReplayHooks hooks;
  hooks.observer = &checker;
  TENON_ASSIGN_OR_RETURN(auto state,
                         makeSampleState(session, module, entry, dims, random));
  auto outputs =
      session.run(index, inputs.tensors(), {}, hooks, {state.get(), {}});
  return outputs ? Status::ok() : outputs.takeStatus();
}

static Result<VerifyReport> verifyTargets(Compilation &compilation,
                                          const VerifyOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto parts, compilation.forTargets());
  std::string_view kind =
      std::string_view(options.device).substr(0, options.device.find(':'));
  VerifyReport report;
  std::string names;
  for (const auto &part : parts) {
    std::string name = part->backend().name().str();
    names += (names.empty() ? "" : ", ") + name;
    if (!kind.empty() && kind != name)
      continue;
    TENON_ASSIGN_OR_RETURN(VerifyReport its, verifyCompilation(*part, options));
    for (std::string_view line : split(its.text, '\n'))
      report.text += line.empty() ? "" : concat(name, " ", line, "\n");
    report.equal = its.equal;
    if (!report.equal)
      break;
  }
  if (report.text.empty())
    return Status::usage("--device", concat("none of the targets ", names,
                                            " is for ", quote(kind)));
  return report;
}

Result<VerifyReport> tenon::verifyCompilation(Compilation &compilation,
                                              const VerifyOptions &options) {
  if (compilation.hasSeveralTargets())
    return verifyTargets(compilation, options);
  TemporaryArtifact file;
  TENON_RETURN_IF_ERROR(compilation.writeArtifact(file.path()));
  TENON_ASSIGN_OR_RETURN(auto variants, compilation.backend().variants(
                                            compilation.backendOptions()));
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  if (!options.device.empty())
    TENON_RETURN_IF_ERROR(instance->findUnit(options.device).takeStatus());
  ModuleOp module = compilation.module();
  VerifyReport report;
  for (const VariantInfo &variant : variants) {
    auto model = runtime::Model::open(
        instance, file.path(),
        {.variant = variant.name, .device = options.device});
    if (!model) {
      report.text += variant.name + ": " + model.status().what() + "\n";
      continue;
    }
    TENON_ASSIGN_OR_RETURN(auto session, runtime::Session::create(*model));
    std::mt19937_64 random(options.seed);
    double worst = 0;
    unsigned checked = 0;
    for (unsigned round = 0; round < options.shapes; ++round) {
      SymbolValues dims = chooseDims(module, round, random);
      for (auto entry : module.getOps<func::FuncOp>()) {
        if (!entry->hasAttr("tenon.entry"))
          continue;
        DiagnosticCollector collector(compilation.context());
        LaunchChecker checker(module, entry, options.tolerance);
        TENON_RETURN_IF_ERROR(
            runEntry(*session, module, entry, dims, random, checker));
        if (checker.failed)
          return collector.toStatus(StatusCode::Internal, variant.name,
                                    "a kernel can't be evaluated");
        worst = std::max(worst, checker.worst);
        checked += checker.checked;
        if (checker.first) {
          report.equal = false;
          report.text += variant.name + ": " + describe(*checker.first, dims);
          return report;
        }
      }
    }
    char line[160];
    std::snprintf(line, sizeof(line),
                  "%s: %u launches equal the evaluator, largest error %.2g\n",
                  variant.name.c_str(), checked, worst);
    report.text += line;
  }
  return report;
}
