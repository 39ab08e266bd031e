//===- main.cpp - tenon-check: compiled code against the evaluator --------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Compiles each function of a file, runs it with data from its `tenon.random`s,
// and compares every result with the evaluator's, and the values that its
// `tenon.check_close`s name with each other.
//
//===----------------------------------------------------------------------===//

#include "compiler/Compilation.h"
#include "compiler/PassRunner.h"
#include "compiler/PlanWriter.h"
#include "dialect/Types.h"
#include "runtime/Session.h"
#include "support/File.h"
#include "tools/tenon-check/CheckFile.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <random>

using namespace tenon;
using namespace mlir;

namespace {
struct Options {
  std::string file, function, target = "cpu", fusion;
  std::vector<std::string> cpus, binds;
  unsigned shapes = 1, jobs = 1;
  std::vector<unsigned> threads{0};
  int64_t seed = 0;
  double tolerance = 1e-5;
  bool noFusion = false, evaluateOnly = false, verbose = false;
};

class Checker {
public:
  explicit Checker(Options options) : options(std::move(options)) {}

  Status run();
  unsigned failures = 0;

private:
  Status load();
  Status declareSymbols();
  Status compile();
  SymbolValues chooseDims(unsigned round);
  Status checkFunction(CheckFunction &check, const SymbolValues &dims,
                       unsigned round);
  Result<std::vector<HostTensor>> runCompiled(runtime::Session &session,
                                              const std::string &entry,
                                              ArrayRef<HostTensor> inputs,
                                              ArrayRef<HostTensor> like);
  void compare(const std::string &what, const HostTensor &actual,
               const HostTensor &expected, double tolerance,
               const SymbolValues &dims);

  Options options;
  std::unique_ptr<Compilation> compilation;
  /// The functions as they were, for the evaluator.
  OwningOpRef<ModuleOp> original;
  std::vector<CheckFunction> checks;
  std::vector<std::string> variants;
  /// Of each variant, one for each number of threads.
  std::map<std::string, std::vector<std::unique_ptr<runtime::Session>>>
      sessions;
  std::mt19937_64 random;
};

/// A file that goes away with its owner.
struct TemporaryFile {
  llvm::SmallString<128> path;
  TemporaryFile() {
    (void)llvm::sys::fs::createTemporaryFile("tenon-check", "tenon", path);
  }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
};
} // namespace

Status Checker::load() {
  CompilationOptions compile;
  compile.backend = options.target;
  compile.pipeline.backend.targets = options.cpus;
  compile.pipeline.fusionPolicy = options.fusion;
  compile.jobs = options.jobs;
  TENON_ASSIGN_OR_RETURN(compilation, Compilation::create(compile));
  DiagnosticCollector collector(compilation->context());
  auto module = parseSourceFile<ModuleOp>(options.file,
                                          ParserConfig(compilation->context()));
  if (!module)
    return collector.toStatus(StatusCode::Invalid, options.file,
                              "isn't a check file");
  isolateKernels(*module);
  for (auto function : module->getOps<func::FuncOp>())
    if (options.function.empty() || function.getName() == options.function)
      checks.push_back(prepareCheck(function));
  if (checks.empty())
    return Status::invalid(options.file,
                           options.function.empty()
                               ? "has no function"
                               : "has no function " + options.function);
  original = std::move(module);
  return declareSymbols();
}

/// Dims that the file doesn't declare are declared here.
Status Checker::declareSymbols() {
  llvm::SetVector<StringAttr> names;
  for (CheckFunction &check : checks) {
    auto visit = [&](Type type) {
      for (DimAttr dim : getDims(type))
        visitSymbols(dim, [&](DimAttr s) { names.insert(s.getName()); });
    };
    llvm::for_each(check.entry.getArgumentTypes(), visit);
  }
  OpBuilder builder(original->getBody(), original->getBody()->begin());
  for (StringAttr name : names)
    if (!original->lookupSymbol<SymbolOp>(name))
      SymbolOp::create(builder, original->getLoc(), name, 1, 4096, 16,
                       /*late=*/false);
  for (const std::string &bind : options.binds) {
    std::string name = bind.substr(0, bind.find('='));
    if (!original->lookupSymbol<SymbolOp>(name))
      return Status::usage("--bind", "no dim is called '" + name + "'");
  }
  return Status::ok();
}

Status Checker::compile() {
  if (options.evaluateOnly)
    return Status::ok();
  BackendOptions backend;
  backend.targets = options.cpus;
  TENON_ASSIGN_OR_RETURN(auto infos, compilation->backend().variants(backend));
  TemporaryFile file;
  compilation->setGraph(
      {OwningOpRef<ModuleOp>(cast<ModuleOp>(original->clone())), nullptr});
  TENON_RETURN_IF_ERROR(compilation->writeArtifact(file.path.str().str()));
  TENON_ASSIGN_OR_RETURN(auto instance, runtime::Instance::create({}));
  for (const VariantInfo &info : infos) {
    auto model = runtime::Model::open(instance, file.path.str().str(),
                                      {.variant = info.name});
    if (!model) {
      // A variant that this machine lacks is no failure of the code.
      if (options.cpus.empty() &&
          model.status().what().find("can't run") != std::string::npos) {
        std::printf("skipped: %s\n", model.status().message().c_str());
        continue;
      }
      return model.takeStatus();
    }
    for (unsigned threads : options.threads) {
      TENON_ASSIGN_OR_RETURN(
          auto session, runtime::Session::create(*model, {.threads = threads}));
      sessions[info.name].push_back(std::move(session));
    }
    variants.push_back(info.name);
  }
  return Status::ok();
}

SymbolValues Checker::chooseDims(unsigned round) {
  SymbolValues dims;
  for (auto symbol : original->getOps<SymbolOp>()) {
    // The first round takes the typical size; others anything, small sizes more
    // often than large ones.
    int64_t value = symbol.getTypical();
    if (round > 0) {
      int64_t span = std::min<int64_t>(symbol.getMax() - symbol.getMin(), 300);
      std::uniform_real_distribution<double> unit(0, 1);
      double u = unit(random);
      value = symbol.getMin() + static_cast<int64_t>(u * u * (span + 0.999));
    }
    dims[symbol.getSymName()] = value;
  }
  for (const std::string &bind : options.binds) {
    size_t equals = bind.find('=');
    dims[bind.substr(0, equals)] = std::stoll(bind.substr(equals + 1));
  }
  return dims;
}

static Result<runtime::InputTensor> asInput(const std::string &name,
                                            const HostTensor &tensor,
                                            const std::vector<char> &bytes) {
  TENON_ASSIGN_OR_RETURN(format::DType type, dtypeOf(tensor.elementType()));
  return runtime::InputTensor{name, type,
                              std::span(tensor.shape().data(), tensor.rank()),
                              bytes.data()};
}

Result<std::vector<HostTensor>>
Checker::runCompiled(runtime::Session &session, const std::string &entry,
                     ArrayRef<HostTensor> inputs, ArrayRef<HostTensor> like) {
  TENON_ASSIGN_OR_RETURN(uint32_t index, session.findEntry(entry));
  std::vector<std::string> names;
  std::vector<std::vector<char>> bytes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    names.push_back("input" + std::to_string(i));
    bytes.push_back(inputs[i].toBytes());
  }
  std::vector<runtime::InputTensor> tensors;
  for (size_t i = 0; i < inputs.size(); ++i) {
    TENON_ASSIGN_OR_RETURN(auto input, asInput(names[i], inputs[i], bytes[i]));
    tensors.push_back(input);
  }
  TENON_ASSIGN_OR_RETURN(auto outputs, session.run(index, tensors));
  std::vector<HostTensor> results;
  for (auto [output, expected] : llvm::zip(outputs, like)) {
    ArrayRef<int64_t> shape(output.shape.data(), output.shape.size());
    int64_t size = countElements(shape) * byteWidth(expected.elementType());
    results.push_back(HostTensor::fromBytes(
        expected.elementType(), shape,
        ArrayRef<char>(static_cast<const char *>(output.data), size)));
  }
  return results;
}

void Checker::compare(const std::string &what, const HostTensor &actual,
                      const HostTensor &expected, double tolerance,
                      const SymbolValues &dims) {
  double error = relativeError(actual, expected);
  bool passed = error <= tolerance;
  failures += !passed;
  if (passed && !options.verbose)
    return;
  std::string where;
  std::map<std::string, int64_t> sorted;
  for (const auto &entry : dims)
    sorted[entry.getKey().str()] = entry.getValue();
  for (auto &[name, value] : sorted)
    where += " " + name + "=" + std::to_string(value);
  std::printf("%s: %s:%s error %.2e, allowed %.2e\n", passed ? "ok" : "FAILED",
              what.c_str(), where.c_str(), error, tolerance);
}

Status Checker::checkFunction(CheckFunction &check, const SymbolValues &dims,
                              unsigned round) {
  std::string name = check.entry.getName().str();
  DiagnosticCollector collector(compilation->context());
  EvaluateContext context(*original);
  context.symbols = dims;
  std::vector<HostTensor> inputs;
  for (unsigned i = 0; i < check.inputs.size(); ++i) {
    auto input = makeInput(check, i, context, options.seed + round);
    if (failed(input))
      return collector.toStatus(StatusCode::Invalid, name, "has no data");
    inputs.push_back(std::move(*input));
  }
  auto expected = context.run(check.entry, inputs);
  if (failed(expected))
    return collector.toStatus(StatusCode::Invalid, name, "can't be evaluated");
  for (const CheckFunction::Comparison &pair : check.comparisons)
    compare(name + " evaluated, " + pair.place, (*expected)[pair.actual],
            (*expected)[pair.expected], pair.tolerance, dims);
  for (const std::string &variant : variants) {
    std::vector<HostTensor> first;
    for (auto [i, session] : llvm::enumerate(sessions.at(variant))) {
      TENON_ASSIGN_OR_RETURN(auto actual,
                             runCompiled(*session, name, inputs, *expected));
      std::string where = " on " + variant;
      if (i > 0)
        where += " with " + std::to_string(options.threads[i]) + " threads";
      // Any number of threads gives the same bits.
      for (size_t r = 0; r < actual.size(); ++r)
        compare(name + " result " + std::to_string(r) + where, actual[r],
                i ? first[r] : (*expected)[r], i ? 0 : options.tolerance, dims);
      if (i == 0)
        first = std::move(actual);
    }
  }
  return Status::ok();
}

Status Checker::run() {
  TENON_RETURN_IF_ERROR(load());
  TENON_RETURN_IF_ERROR(compile());
  random.seed(options.seed);
  for (unsigned round = 0; round < options.shapes; ++round) {
    SymbolValues dims = chooseDims(round);
    for (CheckFunction &check : checks)
      TENON_RETURN_IF_ERROR(checkFunction(check, dims, round));
  }
  auto count = [](size_t number, const char *what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
  };
  std::printf("%s, %s, %s: %s\n", count(checks.size(), "function").c_str(),
              count(options.shapes, "shape").c_str(),
              count(variants.size(), "variant").c_str(),
              failures ? "FAILED" : "all equal");
  return Status::ok();
}

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Compiles the functions of a file and compares their results "
               "with the evaluator's");
  app.add_option("file", options.file, "Functions in the tenon dialect")
      ->required();
  app.add_option(
      "--function", options.function,
      "Check this function only; a dump at phase kernels has one for "
      "each kernel");
  app.add_option("--target", options.target, "Backend");
  app.add_option("--cpu", options.cpus,
                 "Variants to check; by default all that this machine runs");
  app.add_option("--bind", options.binds, "Sizes of dims: S=37");
  app.add_option("--shapes", options.shapes,
                 "How many shapes to try; the first takes typical sizes");
  app.add_option("--seed", options.seed, "Of shapes and data");
  app.add_option("--tolerance", options.tolerance,
                 "Allowed error, relative to the largest element");
  app.add_option("--fusion", options.fusion, "Fusion policy (TOML)");
  app.add_option("--threads", options.threads,
                 "Threads of the runtime; with several numbers, results must "
                 "not depend on them")
      ->delimiter(',');
  app.add_option("--jobs", options.jobs, "Threads of the compiler");
  app.add_flag("--evaluate-only", options.evaluateOnly,
               "Check what check_close says with the evaluator alone");
  app.add_flag("--verbose", options.verbose, "Print what is equal, too");
  CLI11_PARSE(app, argc, argv);
  Checker checker(std::move(options));
  Status status = checker.run();
  if (!status.isOk()) {
    std::fprintf(stderr, "tenon-check: error: %s\n", status.render().c_str());
    return static_cast<int>(status.code());
  }
  return checker.failures ? 1 : 0;
}
