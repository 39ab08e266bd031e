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
#include "dialect/CompareHolds.h"
#include "dialect/Types.h"
#include "runtime/Session.h"
#include "support/Text.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"

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

struct ScopedFile {
  llvm::SmallString<128> path;
  ScopedFile() {
    (void)llvm::sys::fs::createTemporaryFile("tenon-verify", "tenon", path);
  }
  ~ScopedFile() { llvm::sys::fs::remove(path); }
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
    double d =
        std::isfinite(x) && std::isfinite(y) ? std::abs(x - y) : INFINITY;
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
// Inputs
//===----------------------------------------------------------------------===//

/// A random value for an input: ids in their range, masks of ones and zeros,
/// numbers around zero.
static HostTensor makeInput(Type element, ArrayRef<int64_t> shape,
                            DictionaryAttr attributes,
                            std::mt19937_64 &random) {
  HostTensor tensor(element, shape);
  auto range = attributes.getAs<DenseI64ArrayAttr>("tenon.range");
  std::normal_distribution<float> normal;
  std::uniform_int_distribution<int64_t> ids(range ? range[0] : 0,
                                             range ? range[1] : 1);
  std::bernoulli_distribution mostly(0.8);
  for (int64_t i = 0; i < tensor.numElements(); ++i) {
    if (tensor.isFloat())
      tensor.set(i, normal(random));
    else if (range)
      tensor.setInteger(i, ids(random));
    else
      tensor.setInteger(i, mostly(random));
  }
  return tensor;
}

/// The symbols in what entries require of dims but doesn't hold; none if every
/// entry can be called.
static llvm::StringSet<> findMisfits(ModuleOp module,
                                     const SymbolValues &dims) {
  llvm::StringSet<> misfits;
  module.walk([&](RequireOp require) {
    llvm::StringSet<> read;
    auto lookup = [&](StringRef symbol) -> std::optional<int64_t> {
      read.insert(symbol);
      auto it = dims.find(symbol);
      return it == dims.end() ? std::nullopt : std::optional(it->second);
    };
    auto left = evaluateDim(require.getLeft(), lookup);
    auto right = evaluateDim(require.getRight(), lookup);
    if (!left || !right || !holds(require.getKind(), *left, *right))
      misfits.insert_range(read.keys());
  });
  return misfits;
}

static SymbolValues drawDims(ModuleOp module, unsigned round,
                             std::mt19937_64 &random) {
  SymbolValues dims;
  for (auto symbol : module.getOps<SymbolOp>()) {
    // Evaluation in double is slow: sizes stay small, and odd.
    int64_t high = std::min<int64_t>(symbol.getMax(), 40);
    int64_t low = std::min<int64_t>(symbol.getMin(), high);
    std::uniform_int_distribution<int64_t> size(low, high);
    dims[symbol.getSymName()] = round == 0 ? low : size(random);
  }
  return dims;
}

/// Dims such that every entry can be called: in round 0 the smallest, then at
/// random.
static SymbolValues chooseDims(ModuleOp module, unsigned round,
                               std::mt19937_64 &random) {
  SymbolValues dims;
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    dims = drawDims(module, attempt == 0 ? round : 1, random);
    if (findMisfits(module, dims).empty())
      return dims;
  }
  // No small sizes go together: what is required speaks of the usual ones.
  for (llvm::StringSet<> usual, misfits = findMisfits(module, dims);
       !misfits.empty() && usual.size() < dims.size();
       misfits = findMisfits(module, dims)) {
    size_t before = usual.size();
    usual.insert_range(misfits.keys());
    if (usual.size() == before)
      break;
    for (auto symbol : module.getOps<SymbolOp>())
      if (usual.contains(symbol.getSymName()))
        dims[symbol.getSymName()] = symbol.getTypical();
  }
  return dims;
}

/// A state whose rows hold random numbers, as many as an entry's types say.
static Result<std::unique_ptr<runtime::State>>
makeState(runtime::Session &session, func::FuncOp entry,
          EvaluateContext &context, std::mt19937_64 &random) {
  std::unique_ptr<runtime::State> state;
  const runtime::Plan &plan = session.plan();
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes())) {
    auto stateType = dyn_cast<StateType>(type);
    if (!stateType)
      continue;
    auto shape = context.shape(entry.getLoc(), type);
    if (failed(shape))
      return Status::internal(entry.getName().str(), "has an unbound dim");
    std::string name =
        entry.getArgAttrOfType<StringAttr>(i, "tenon.name").str();
    if (!state)
      state = session.createState(shape->front());
    for (const format::State &known : plan.states()) {
      if (plan.text(known.name) != name)
        continue;
      std::string_view dim = plan.text(
          plan.symbols()[plan.stateGroups()[known.group].symbol].name);
      int64_t length = (*shape)[stateType.getAxis()];
      for (size_t row = 0; row < state->rows(); ++row) {
        if (row == 0)
          TENON_RETURN_IF_ERROR(
              state->extend(length - state->length(0, dim), dim));
        SmallVector<int64_t> rowShape(shape->begin() + 1, shape->end());
        HostTensor contents = makeInput(getElementType(type), rowShape,
                                        entry.getArgAttrDict(i), random);
        TENON_RETURN_IF_ERROR(state->write(name, row, contents.toBytes()));
      }
    }
  }
  return state;
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
  EvaluateContext context(module);
  context.symbols = dims;
  std::vector<std::vector<char>> bytes;
  std::vector<SmallVector<int64_t>> shapes;
  std::vector<std::string> names;
  std::vector<format::DType> types;
  for (auto [i, type] : llvm::enumerate(entry.getArgumentTypes())) {
    if (isa<StateType>(type))
      continue;
    auto shape = context.shape(entry.getLoc(), type);
    if (failed(shape))
      return Status::internal(entry.getName().str(), "has an unbound dim");
    DictionaryAttr attributes = entry.getArgAttrDict(i);
    HostTensor input =
        makeInput(getElementType(type), *shape, attributes, random);
    bytes.push_back(input.toBytes());
    shapes.push_back(*shape);
    names.push_back(attributes.getAs<StringAttr>("tenon.name").str());
    TENON_ASSIGN_OR_RETURN(format::DType dtype, dtypeOf(getElementType(type)));
    types.push_back(dtype);
  }
  std::vector<runtime::InputTensor> inputs;
  for (size_t i = 0; i < bytes.size(); ++i)
    inputs.push_back({names[i], types[i],
                      std::span(shapes[i].data(), shapes[i].size()),
                      bytes[i].data()});
  TENON_ASSIGN_OR_RETURN(uint32_t index,
                         session.findEntry(entry.getName().str()));
  runtime::ReplayHooks hooks;
  hooks.observer = &checker;
  TENON_ASSIGN_OR_RETURN(auto state,
                         makeState(session, entry, context, random));
  auto outputs = session.run(index, inputs, {}, hooks, {state.get(), {}});
  return outputs ? Status::ok() : outputs.takeStatus();
}

Result<VerifyReport> tenon::verifyCompilation(Compilation &compilation,
                                              const BackendOptions &backend,
                                              const VerifyOptions &options) {
  ScopedFile file;
  TENON_RETURN_IF_ERROR(compilation.writeArtifact(file.path.str().str()));
  TENON_ASSIGN_OR_RETURN(auto variants,
                         compilation.backend().variants(backend));
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  ModuleOp module = compilation.module();
  VerifyReport report;
  for (const VariantInfo &variant : variants) {
    auto model = runtime::Model::open(instance, file.path.str().str(),
                                      {.variant = variant.name});
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
