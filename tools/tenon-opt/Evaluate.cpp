//===- Evaluate.cpp - models in tenon-opt ---------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "Evaluate.h"

#include "dialect/Evaluator.h"
#include "dialect/TenonOps.h"
#include "dialect/Types.h"
#include "frontend/Frontend.h"
#include "support/Text.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <set>

using namespace tenon;
using mlir::failed;
using mlir::FailureOr;

namespace {
/// `--evaluate=ENTRY:IN:OUT`.
struct Step {
  std::string entry, inputPrefix, outputPrefix;
};

struct Settings {
  FrontendOptions frontend;
  std::string file;
  std::vector<Step> steps;
  std::string inputs, expect, outputsTo;
  std::string tapsFile, tapsPrefix;
  std::optional<std::string> statesPrefix;
  double tolerance = 1e-4;
  SymbolValues symbols;
  bool locations = false;
};

class Runner {
public:
  Runner(const Settings &settings, mlir::ModuleOp module,
         const Checkpoint *checkpoint)
      : settings(settings), module(module), checkpoint(checkpoint) {}

  bool run();

private:
  bool openFiles();
  bool runStep(const Step &step);
  bool gatherInputs(mlir::func::FuncOp function, const Step &step,
                    EvaluateContext &context, std::vector<HostTensor> &inputs);
  FailureOr<HostTensor> fallback(mlir::func::FuncOp function, unsigned index,
                                 EvaluateContext &context);
  FailureOr<HostTensor> read(const SafetensorsFile &file,
                             const std::string &name);
  /// What is expected under the prefixes of the steps must have been computed.
  void checkComplete(const SafetensorsFile &file, llvm::StringRef prefix);
  /// Compares with the file's tensor; a name that it lacks is wrong.
  bool check(const SafetensorsFile &file, const std::string &name,
             const HostTensor &actual);
  bool fail(const std::string &what) {
    llvm::errs() << "tenon-opt: error: " << what << "\n";
    return false;
  }

  const Settings &settings;
  mlir::ModuleOp module;
  const Checkpoint *checkpoint;
  std::optional<SafetensorsFile> inputs, expected, taps;
  std::map<std::string, HostTensor> states, outputs;
  /// Names that were given or compared.
  std::set<std::string, std::less<>> seen;
  bool good = true;
};
} // namespace

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

FailureOr<HostTensor> Runner::read(const SafetensorsFile &file,
                                   const std::string &name) {
  const SafetensorsInfo *info = file.find(name);
  mlir::Type element =
      info ? Checkpoint::elementType(module.getContext(), info->type) : nullptr;
  if (!element)
    return mlir::failure();
  auto data = file.data(*info);
  return HostTensor::fromBytes(
      element, info->shape,
      {reinterpret_cast<const char *>(data.data()), data.size()});
}

bool Runner::check(const SafetensorsFile &file, const std::string &name,
                   const HostTensor &actual) {
  seen.insert(name);
  auto wanted = read(file, name);
  if (failed(wanted))
    return good = fail(concat(file.path(), ": there is no tensor ", name));
  if (wanted->shape() != actual.shape())
    return good = fail(concat(name, ": has shape ", shapeText(actual.shape()),
                              ", expected ", shapeText(wanted->shape())));
  double largest = 0, worst = 0;
  for (int64_t i = 0; i < actual.numElements(); ++i) {
    double a = actual.number(i), w = wanted->number(i);
    if (std::isfinite(w))
      largest = std::max(largest, std::abs(w));
    // Also true for NaN on one side.
    if (!(a == w || (std::isnan(a) && std::isnan(w))))
      worst =
          std::max(worst, std::isfinite(a) && std::isfinite(w) ? std::abs(a - w)
                                                               : INFINITY);
  }
  bool exact = !wanted->isFloat();
  double error = largest > 0 ? worst / largest : worst;
  bool equal = exact ? worst == 0 : error <= settings.tolerance;
  llvm::outs() << name << ": " << (equal ? "equal" : "DIFFERENT") << ", error "
               << llvm::format("%.1e", error) << " of the largest magnitude\n";
  return good &= equal;
}

void Runner::checkComplete(const SafetensorsFile &file,
                           llvm::StringRef prefix) {
  // Without a prefix the file may hold anything.
  if (prefix.empty())
    return;
  for (const SafetensorsInfo &info : file.tensors())
    if (llvm::StringRef(info.name).starts_with(prefix) &&
        seen.insert(info.name).second)
      good = fail(concat(info.name, ": is expected, but wasn't computed"));
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

static std::string nameOf(mlir::func::FuncOp function, unsigned index) {
  auto name = function.getArgAttrOfType<mlir::StringAttr>(index, "tenon.name");
  return name ? name.str() : concat("arg", index);
}

FailureOr<HostTensor> Runner::fallback(mlir::func::FuncOp function,
                                       unsigned index,
                                       EvaluateContext &context) {
  mlir::Type type = function.getArgumentTypes()[index];
  auto shape = context.shape(function.getLoc(), type);
  if (failed(shape))
    return mlir::failure();
  HostTensor tensor(getElementType(type), *shape);
  if (auto fill = function.getArgAttr(index, "tenon.fill")) {
    for (int64_t i = 0; i < tensor.numElements(); ++i)
      if (auto number = mlir::dyn_cast<mlir::FloatAttr>(fill))
        tensor.set(i, number.getValueAsDouble());
      else
        tensor.setInteger(
            i, mlir::cast<mlir::IntegerAttr>(fill).getValue().getSExtValue());
    return tensor;
  }
  if (function.getArgAttr(index, "tenon.iota") && !shape->empty()) {
    for (int64_t i = 0; i < tensor.numElements(); ++i)
      tensor.setInteger(i, i % shape->back());
    return tensor;
  }
  return mlir::failure();
}

bool Runner::gatherInputs(mlir::func::FuncOp function, const Step &step,
                          EvaluateContext &context,
                          std::vector<HostTensor> &values) {
  unsigned count = function.getNumArguments();
  values.resize(count);
  // First what is given: it binds the dims of what isn't.
  for (unsigned i = 0; i < count; ++i) {
    std::string name = nameOf(function, i);
    mlir::Type type = function.getArgumentTypes()[i];
    if (mlir::isa<StateType>(type)) {
      auto state = states.find(name);
      if (state != states.end())
        values[i] = state->second;
    } else if (inputs) {
      for (std::string_view prefix : split(step.inputPrefix, ',')) {
        auto tensor = read(*inputs, concat(prefix, name));
        if (!values[i] && mlir::succeeded(tensor)) {
          values[i] = *tensor;
          seen.insert(concat(prefix, name));
        }
      }
    }
    if (values[i] && failed(context.bind(function.getLoc(), getDims(type),
                                         values[i].shape())))
      return false;
  }
  for (unsigned i = 0; i < count; ++i) {
    if (values[i])
      continue;
    mlir::Type type = function.getArgumentTypes()[i];
    if (auto state = mlir::dyn_cast<StateType>(type)) {
      // A state is empty at first.
      llvm::SmallVector<int64_t> shape;
      for (auto [axis, dim] : llvm::enumerate(getDims(type))) {
        auto size = static_cast<int64_t>(axis) == state.getAxis()
                        ? FailureOr<int64_t>(0)
                        : context.dim(function.getLoc(), dim);
        if (failed(size))
          return false;
        shape.push_back(*size);
      }
      values[i] = HostTensor(getElementType(type), shape);
      continue;
    }
    auto tensor = fallback(function, i, context);
    if (failed(tensor))
      return fail(concat("entry ", step.entry, ": input ",
                         step.inputPrefix + nameOf(function, i),
                         " isn't given"));
    values[i] = *tensor;
  }
  return true;
}

bool Runner::runStep(const Step &step) {
  mlir::func::FuncOp function;
  module.walk([&](mlir::func::FuncOp candidate) {
    bool wanted = step.entry.empty() ? candidate->hasAttr("tenon.entry")
                                     : candidate.getSymName() == step.entry;
    if (wanted && !function)
      function = candidate;
  });
  if (!function)
    return fail("there is no entry " + step.entry);
  EvaluateContext context(module);
  context.symbols = settings.symbols;
  context.readWeight = [&](WeightOp weight) -> FailureOr<HostTensor> {
    if (!checkpoint)
      return weight.emitOpError("no checkpoint is given");
    return checkpoint->readWeight(weight);
  };
  context.onTap = [&](llvm::StringRef name, const HostTensor &value) {
    std::string key = (settings.tapsPrefix.empty() ? step.outputPrefix
                                                   : settings.tapsPrefix) +
                      name.str();
    if (taps && taps->find(key))
      check(*taps, key, value);
  };
  std::vector<HostTensor> values;
  if (!gatherInputs(function, step, context, values))
    return false;
  auto results = context.run(function, values);
  if (failed(results))
    return false;
  for (auto [i, value] : llvm::enumerate(*results)) {
    auto attribute =
        function.getResultAttrOfType<mlir::StringAttr>(i, "tenon.name");
    std::string name = attribute ? attribute.str() : concat("result", i);
    if (mlir::isa<StateType>(function.getResultTypes()[i])) {
      states[name] = value;
      continue;
    }
    name = step.outputPrefix + name;
    outputs[name] = value;
    if (expected)
      check(*expected, name, value);
  }
  return true;
}

bool Runner::openFiles() {
  auto open = [&](const std::string &path,
                  std::optional<SafetensorsFile> &file) {
    if (path.empty())
      return true;
    auto opened = SafetensorsFile::open(path);
    if (!opened)
      return fail(opened.status().render());
    file.emplace(std::move(*opened));
    return true;
  };
  return open(settings.inputs, inputs) && open(settings.expect, expected) &&
         open(settings.tapsFile, taps);
}

bool Runner::run() {
  if (!openFiles())
    return false;
  for (const Step &step : settings.steps)
    if (!runStep(step))
      return false;
  if (settings.statesPrefix && expected)
    for (const auto &[name, value] : states)
      check(*expected, *settings.statesPrefix + name, value);
  if (expected)
    for (const Step &step : settings.steps)
      checkComplete(*expected, step.outputPrefix);
  if (settings.statesPrefix && expected)
    checkComplete(*expected, *settings.statesPrefix);
  if (taps)
    checkComplete(*taps, settings.tapsPrefix);
  if (settings.outputsTo.empty())
    return good;
  SafetensorsWriter writer;
  std::vector<std::vector<char>> bytes;
  for (const auto &[name, value] : outputs) {
    mlir::Type type = value.elementType();
    SafetensorsType stored = type.isF32()         ? SafetensorsType::F32
                             : type.isF16()       ? SafetensorsType::F16
                             : type.isBF16()      ? SafetensorsType::BF16
                             : type.isInteger(64) ? SafetensorsType::I64
                             : type.isInteger(32) ? SafetensorsType::I32
                             : type.isInteger(8)  ? SafetensorsType::I8
                                                  : SafetensorsType::Bool;
    bytes.push_back(value.toBytes());
    writer.add(name, stored, {value.shape().begin(), value.shape().end()},
               {reinterpret_cast<const uint8_t *>(bytes.back().data()),
                bytes.back().size()});
  }
  Status written = writer.write(settings.outputsTo);
  return written ? good : fail(written.render());
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

/// Reads the arguments; false, with an error, for one that it doesn't know.
static bool parseArguments(llvm::ArrayRef<const char *> arguments,
                           Settings &settings) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    auto [option, value] = llvm::StringRef(arguments[i]).split('=');
    bool hasValue = llvm::StringRef(arguments[i]).contains('=');
    auto take = [&](std::string &to) {
      if (!hasValue && i + 1 < arguments.size())
        to = arguments[++i];
      else
        to = value.str();
      return true;
    };
    std::string text;
    if (option == "--arch") {
      take(settings.frontend.source);
    } else if (option == "--config") {
      take(settings.frontend.config);
    } else if (option == "--weights") {
      take(settings.frontend.weights);
    } else if (option == "--model") {
      take(settings.frontend.model);
    } else if (option == "--task") {
      take(settings.frontend.task);
    } else if (option == "--models") {
      take(text);
      settings.frontend.modelPaths.push_back(text);
    } else if (option == "--inputs") {
      take(settings.inputs);
    } else if (option == "--expect") {
      take(settings.expect);
    } else if (option == "--outputs-to") {
      take(settings.outputsTo);
    } else if (option == "--tolerance") {
      take(text);
      settings.tolerance = parseNumber(text).value_or(0);
    } else if (option == "--expect-states") {
      settings.statesPrefix.emplace();
      take(*settings.statesPrefix);
    } else if (option == "--expect-taps") {
      take(text);
      auto [file, prefix] = llvm::StringRef(text).split(':');
      settings.tapsFile = file.str();
      settings.tapsPrefix = prefix.str();
    } else if (option == "--bind") {
      take(text);
      auto [symbol, size] = llvm::StringRef(text).split('=');
      settings.symbols[symbol] =
          parseInteger(std::string_view(size)).value_or(0);
    } else if (option == "--evaluate") {
      auto [entry, prefixes] = value.split(':');
      auto [in, out] = prefixes.split(':');
      settings.steps.push_back({entry.str(), in.str(), out.str()});
    } else if (option == "--locations") {
      settings.locations = true;
    } else if (!option.starts_with("-") && settings.file.empty()) {
      settings.file = option.str();
    } else {
      llvm::errs() << "tenon-opt: error: unknown option " << option
                   << " beside --arch or --evaluate\n";
      return false;
    }
  }
  settings.frontend.modelPaths.push_back(TENON_MODELS_DIR);
  return true;
}

std::optional<int> tenon::runModelTool(int argc, char **argv,
                                       const mlir::DialectRegistry &registry) {
  llvm::ArrayRef<const char *> arguments(argv + 1, argc - 1);
  bool wanted = llvm::any_of(arguments, [](llvm::StringRef argument) {
    return argument == "--arch" || argument.starts_with("--arch=") ||
           argument.starts_with("--evaluate");
  });
  if (!wanted)
    return std::nullopt;
  Settings settings;
  if (!parseArguments(arguments, settings))
    return 2;
  mlir::MLIRContext context(registry);
  LoadedModel loaded;
  if (!settings.frontend.source.empty()) {
    std::vector<Status> errors;
    loaded = loadModel(context, settings.frontend, errors);
    for (const Status &error : errors)
      llvm::errs() << "tenon-opt: error: " << error.render() << "\n";
  } else {
    loaded.module =
        mlir::parseSourceFile<mlir::ModuleOp>(settings.file, &context);
    if (loaded.module && (*loaded.module)->hasAttr("tenon.checkpoint")) {
      auto checkpoint = Checkpoint::reopen(*loaded.module);
      if (!checkpoint) {
        llvm::errs() << "tenon-opt: error: " << checkpoint.status().render()
                     << "\n";
        return 1;
      }
      loaded.checkpoint = std::make_unique<Checkpoint>(std::move(*checkpoint));
    }
  }
  if (!loaded.module)
    return 1;
  if (settings.steps.empty()) {
    mlir::OpPrintingFlags flags;
    if (settings.locations)
      flags.enableDebugInfo(true, /*prettyForm=*/false);
    loaded.module->print(llvm::outs(), flags);
    llvm::outs() << "\n";
    return 0;
  }
  Runner runner(settings, *loaded.module, loaded.checkpoint.get());
  return runner.run() ? 0 : 1;
}
