//===- Object.cpp - kernels as machine code -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/compile/Object.h"

#include "support/File.h"
#include "support/Text.h"

#include "lld/Common/Driver.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace tenon;
using namespace tenon::cpu;

void cpu::registerTranslations(mlir::DialectRegistry &registry) {
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
}

/// Whether LLVM knows the processor and the features that a target file names:
/// it only prints a warning, often.
static Status checkNames(const Target &target, const llvm::Target &found,
                         const llvm::Triple &triple) {
  std::unique_ptr<llvm::MCSubtargetInfo> known(
      found.createMCSubtargetInfo(triple, "", ""));
  if (!known->isCPUStringValid(target.cpu))
    return Status::invalid(target.name,
                           "cpu: LLVM knows no processor '" + target.cpu + "'");
  for (llvm::StringRef feature : llvm::split(target.tune, ',')) {
    feature = feature.trim();
    llvm::StringRef name = feature;
    bool isSigned = name.consume_front("+") || name.consume_front("-");
    if (feature.empty() ||
        (isSigned &&
         llvm::any_of(known->getAllProcessorFeatures(),
                      [&](const auto &one) { return name == one.Key; })))
      continue;
    return Status::invalid(target.name,
                           concat("tune: LLVM knows no '", feature.str(),
                                  "'; features are like +avx2 or -avx2"));
  }
  return Status::ok();
}

/// LLVM's name for a feature of /proc/cpuinfo, for those of dotFeatures():
/// `amx_tile` is amx-tile, `avx512_vnni` is avx512vnni.
static std::string llvmNameOf(llvm::StringRef feature) {
  std::string name = feature.str();
  if (feature.starts_with("amx_"))
    std::replace(name.begin(), name.end(), '_', '-');
  else
    llvm::erase(name, '_');
  return name;
}

/// Whether LLVM has the instructions for products, too.
static Status checkDots(const Target &target,
                        const llvm::TargetMachine &machine) {
  auto check = [&](const char *key, DotUnit unit,
                   format::Products products) -> Status {
    std::vector<std::string> names;
    for (llvm::StringRef feature :
         llvm::split(dotFeatures(products, unit, target.vectorBits), ','))
      if (!feature.empty())
        names.push_back("+" + llvmNameOf(feature));
    std::string needed = llvm::join(names, ",");
    if (machine.getMCSubtargetInfo()->checkFeatures(needed))
      return Status::ok();
    return Status::invalid(target.name,
                           concat(key, " = \"", stringifyDotUnit(unit).str(),
                                  "\" needs ", needed,
                                  ", which 'cpu' and 'tune' don't give"));
  };
  TENON_RETURN_IF_ERROR(
      check("dot_bytes", target.dotBytes, format::Products::Bytes));
  return check("dot_bf16", target.dotBFloat, format::Products::BFloats);
}

static Result<std::unique_ptr<llvm::TargetMachine>>
createMachine(const Target &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return Status::internal("", error);
  TENON_RETURN_IF_ERROR(checkNames(target, *found, triple));
  llvm::TargetOptions options;
  // Sums are fused only where a kernel says so: results must not depend on what
  // the optimizer finds.
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  std::unique_ptr<llvm::TargetMachine> machine(found->createTargetMachine(
      triple, target.cpu, target.tune, options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  if (!machine)
    return Status::internal(target.name, "no code can be generated for '" +
                                             target.cpu + "'");
  TENON_RETURN_IF_ERROR(checkDots(target, *machine));
  return machine;
}

/// LLVM's own pipeline without what would undo the schedule: loops are unrolled
/// and vectorized already.
static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopInterleaving = false;
  tuning.LoopUnrolling = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager graphs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  // Kernels import nothing, so no loop may become a call to memset.
  llvm::TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  functions.registerPass([&] { return llvm::TargetLibraryAnalysis(library); });
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graphs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graphs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

Result<std::string> cpu::generateCode(mlir::ModuleOp module,
                                      const Target &target, CodeForm form) {
  TENON_ASSIGN_OR_RETURN(auto machine, createMachine(target));
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> llvmModule =
      mlir::translateModuleToLLVMIR(module, context);
  if (!llvmModule)
    return Status::internal(module.getName().value_or("").str(),
                            "can't be translated to LLVM IR");
  llvmModule->setTargetTriple(machine->getTargetTriple());
  llvmModule->setDataLayout(machine->createDataLayout());
  for (llvm::Function &function : *llvmModule) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.tune.empty())
      function.addFnAttr("target-features", target.tune);
    // Wide vectors are what the schedule asked for, whatever the tuning
    // prefers.
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.vectorBits));
    function.addFnAttr("min-legal-vector-width",
                       std::to_string(target.vectorBits));
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  optimize(*llvmModule, *machine);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  if (form == CodeForm::LlvmIr) {
    llvmModule->print(stream, nullptr);
    return text.str().str();
  }
  llvm::legacy::PassManager emission;
  auto fileType = form == CodeForm::Assembly
                      ? llvm::CodeGenFileType::AssemblyFile
                      : llvm::CodeGenFileType::ObjectFile;
  if (machine->addPassesToEmitFile(emission, stream, nullptr, fileType))
    return Status::internal(target.name, "can't emit this kind of file");
  emission.run(*llvmModule);
  return text.str().str();
}

// What the linker reads and writes has a path but is in memory, so that nothing
// is left behind even if this process is killed.

static Status linkingFailed() {
  return Status::invalid("linking", errorText(errno));
}

static std::string pathOf(const FileDescriptor &file) {
  return "/proc/self/fd/" + std::to_string(file.get());
}

/// One archive of all objects, in their order.
static Result<FileDescriptor>
makeArchive(const std::vector<std::string> &objects) {
  std::vector<llvm::NewArchiveMember> members;
  for (const std::string &object : objects)
    members.emplace_back(llvm::MemoryBufferRef(object, "o"));
  auto archive = llvm::writeArchiveToBuffer(
      members, llvm::SymtabWritingMode::NoSymtab, llvm::object::Archive::K_GNU,
      /*Deterministic=*/true, /*Thin=*/false);
  if (!archive)
    return Status::internal("linking", llvm::toString(archive.takeError()));
  FileDescriptor file(memfd_create("objects", MFD_CLOEXEC));
  if (!file)
    return linkingFailed();
  llvm::StringRef rest = (*archive)->getBuffer();
  while (!rest.empty()) {
    ssize_t count = write(file.get(), rest.data(), rest.size());
    if (count < 0)
      return linkingFailed();
    rest = rest.drop_front(count);
  }
  return file;
}

namespace {
/// A pipe that is read to its end as it is written to.
class PipeReader {
public:
  /// Fails if there can be no more pipes.
  Status start() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
      return linkingFailed();
    readEnd = FileDescriptor(ends[0]);
    writeEnd = FileDescriptor(ends[1]);
    thread = std::thread([this] {
      char buffer[64 * 1024];
      ssize_t count;
      while ((count = read(readEnd.get(), buffer, sizeof(buffer))) > 0)
        contents.append(buffer, count);
    });
    return Status::ok();
  }
  ~PipeReader() { finish(); }

  std::string path() const { return pathOf(writeEnd); }
  /// Everything, once the writers are done.
  std::string finish() {
    writeEnd.close();
    if (thread.joinable())
      thread.join();
    return std::move(contents);
  }

private:
  FileDescriptor readEnd, writeEnd;
  std::string contents;
  std::thread thread;
};
} // namespace

/// An object with one exported constant.
static Result<std::string> makeMarker(const std::string &name) {
  TENON_ASSIGN_OR_RETURN(auto machine, createMachine(Target()));
  llvm::LLVMContext context;
  llvm::Module module(name, context);
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  llvm::Constant *text = llvm::ConstantDataArray::getString(context, name);
  new llvm::GlobalVariable(module, text->getType(), /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage, text, name);
  llvm::SmallString<0> object;
  llvm::raw_svector_ostream stream(object);
  llvm::legacy::PassManager emission;
  if (machine->addPassesToEmitFile(emission, stream, nullptr,
                                   llvm::CodeGenFileType::ObjectFile))
    return Status::internal(name, "can't emit an object");
  emission.run(module);
  return object.str().str();
}

Result<std::string> cpu::linkObjects(std::vector<std::string> objects,
                                     const std::string &marker) {
  if (!marker.empty()) {
    TENON_ASSIGN_OR_RETURN(std::string object, makeMarker(marker));
    objects.push_back(std::move(object));
  }
  TENON_ASSIGN_OR_RETURN(FileDescriptor archive, makeArchive(objects));
  // Beside a file, the linker would make another one, but not beside a pipe.
  PipeReader linked;
  TENON_RETURN_IF_ERROR(linked.start());
  std::string input = pathOf(archive), output = linked.path();
  const char *arguments[] = {"ld.lld",
                             "-shared",
                             "-z",
                             "defs",
                             "-z",
                             "noexecstack",
                             "--build-id=none",
                             "--hash-style=gnu",
                             "--no-rosegment",
                             "-o",
                             output.c_str(),
                             "--whole-archive",
                             input.c_str()};
  std::string messages;
  llvm::raw_string_ostream stream(messages);
  lld::Result result =
      lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0)
    return Status::internal("linking", messages);
  return linked.finish();
}
