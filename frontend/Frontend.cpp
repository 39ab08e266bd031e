//===- Frontend.cpp - from a checkpoint to the graph phase ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "frontend/Frontend.h"

#include "dialect/TenonOps.h"
#include "frontend/Checker.h"
#include "frontend/Elaborator.h"
#include "frontend/Family.h"
#include "support/EditDistance.h"
#include "support/JsonWriter.h"
#include "support/Text.h"
#include "support/Units.h"

#include <filesystem>

using namespace tenon;
using namespace tenon::arch;
namespace fs = std::filesystem;

namespace {
/// What is to be loaded, once it is known which files these are.
struct Plan {
  std::string archFile;
  ConfigSource config;
  std::unique_ptr<Checkpoint> checkpoint;
  std::string model; ///< Empty for the only one.
  std::string family, architecture, task;
  std::vector<std::string> tasks;
  /// Names of assets and where they lie.
  std::vector<std::pair<std::string, std::string>> assets;
};
} // namespace

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

/// The architecture that config.json names.
static Result<std::string> readArchitecture(const ConfigSource &config) {
  auto names = config.json.find("architectures");
  if (names != config.json.end() && names->is_array() && !names->empty() &&
      names->front().is_string())
    return names->front().get<std::string>();
  return Status::invalid(config.where,
                         "'architectures' must name the class of the model")
      .help("for example \"architectures\": [\"BertModel\"]");
}

static Status chooseModel(const Family &family, const std::string &folder,
                          const FrontendOptions &options, Plan &plan) {
  const Family::Architecture &architecture =
      family.architectures.at(plan.architecture);
  plan.model = architecture.model;
  std::error_code ignored;
  // A task that a file of the checkpoint makes possible comes before what the
  // architecture does by itself.
  for (const auto &[name, task] : family.tasks)
    if (!task.needs.empty() && task.model == architecture.model &&
        fs::exists(fs::path(folder) / task.needs, ignored))
      plan.tasks.push_back(name);
  for (const std::string &name : architecture.tasks)
    plan.tasks.push_back(name);
  if (!plan.tasks.empty())
    plan.task = plan.tasks.front();
  if (!options.model.empty())
    plan.model = options.model;
  if (options.task.empty())
    return Status::ok();

  // `translation_en_to_de` is `translation` with languages.
  std::string wanted = options.task;
  auto it = family.tasks.find(wanted);
  if (it == family.tasks.end())
    it = family.tasks.find(wanted.substr(0, wanted.find('_')));
  std::vector<std::string> known;
  for (const auto &[name, task] : family.tasks)
    known.push_back(name);
  if (it == family.tasks.end())
    return withSuggestion(
        Status::invalid(options.source, concat("family ", quote(family.name),
                                               " has no task ", quote(wanted))),
        wanted, known, "its tasks");
  if (!it->second.needs.empty() &&
      !fs::exists(fs::path(folder) / it->second.needs, ignored))
    return Status::invalid(options.source,
                           concat("task ", quote(wanted), " needs the file ",
                                  quote(it->second.needs)));
  plan.task = wanted;
  if (options.model.empty())
    plan.model = it->second.model;
  return Status::ok();
}

static Status planFolder(const FrontendOptions &options, Plan &plan) {
  const std::string &folder = options.source;
  std::string configFile = (fs::path(folder) / "config.json").string();
  std::error_code ignored;
  if (!fs::exists(configFile, ignored))
    return Status::invalid(folder, "there is no config.json: is this the "
                                   "folder of a checkpoint?");
  TENON_ASSIGN_OR_RETURN(plan.config, ConfigSource::load(configFile));
  TENON_ASSIGN_OR_RETURN(plan.architecture, readArchitecture(plan.config));
  TENON_ASSIGN_OR_RETURN(FamilyRegistry registry,
                         FamilyRegistry::scan(options.modelPaths));
  const Family *family = registry.find(plan.architecture);
  if (!family) {
    std::vector<std::string> known = registry.architectures();
    Status unknown =
        Status::invalid(configFile, concat("no family knows the architecture ",
                                           quote(plan.architecture)));
    if (auto near = closest(plan.architecture, known))
      unknown = std::move(unknown).help("did you mean " + quote(*near) + "?");
    return std::move(unknown).note("known: " + join(known, ", "));
  }
  plan.family = family->name;
  plan.archFile = family->archFile;
  plan.config.aliases = family->aliases;
  TENON_RETURN_IF_ERROR(chooseModel(*family, folder, options, plan));
  for (const std::string &name : family->assets) {
    // What is there but can't be read (a folder, a link to itself) is told when
    // it is opened: without it, the model might do something else.
    fs::path path = fs::path(folder) / name;
    if (fs::symlink_status(path, ignored).type() != fs::file_type::not_found)
      plan.assets.push_back({name, path.string()});
  }
  for (const std::string &file : family->ownAssets)
    plan.assets.push_back({fs::path(file).filename().string(), file});
  TENON_ASSIGN_OR_RETURN(Checkpoint checkpoint, Checkpoint::open(folder));
  plan.checkpoint = std::make_unique<Checkpoint>(std::move(checkpoint));
  return Status::ok();
}

static Status planFile(const FrontendOptions &options, Plan &plan) {
  plan.archFile = options.source;
  plan.model = options.model;
  plan.task = options.task;
  if (options.config.empty()) {
    plan.config.where = "the settings (--config)";
  } else {
    TENON_ASSIGN_OR_RETURN(plan.config, ConfigSource::load(options.config));
  }
  if (options.weights.empty())
    return Status::ok();
  TENON_ASSIGN_OR_RETURN(Checkpoint checkpoint,
                         Checkpoint::open(options.weights));
  plan.checkpoint = std::make_unique<Checkpoint>(std::move(checkpoint));
  return Status::ok();
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// The model called `name`, or the only one of the file.
static const Module *findModel(const Program &program,
                               const std::string &name) {
  std::vector<const Module *> models;
  std::vector<std::string> names;
  for (const Declaration &declaration : program.root()->declarations) {
    if (declaration.kind != Declaration::Kind::Module ||
        !declaration.as<Module>()->isModel)
      continue;
    models.push_back(declaration.as<Module>());
    names.push_back(declaration.name.name.str());
    if (names.back() == name)
      return models.back();
  }
  StringRef file = program.root()->file->path();
  if (name.empty() && models.size() == 1)
    return models.front();
  if (models.empty())
    program.errors().error(file, "declares no model");
  else if (name.empty())
    program.errors()
        .error(file, "declares several models: say which one")
        .help("models: " + join(names, ", "));
  else
    program.errors()
        .error(file, "there is no model " + quote(name))
        .suggest(name, names)
        .help("models: " + join(names, ", "));
  return nullptr;
}

/// The labels of config.json in the order of their numbers.
static void writeLabels(const Json &config, JsonWriter &json) {
  auto labels = config.find("id2label");
  if (labels == config.end() || !labels->is_object())
    return;
  std::map<int64_t, std::string> sorted;
  for (const auto &[id, label] : labels->items())
    if (auto number = parseInteger(id); number && label.is_string())
      sorted[*number] = label.get<std::string>();
  json.key("labels").beginArray();
  for (const auto &[id, label] : sorted)
    json.string(label);
  json.endArray();
}

static std::string writeManifest(const Plan &plan, const Module &model) {
  JsonWriter json;
  json.beginObject();
  json.key("family").string(plan.family);
  json.key("architecture").string(plan.architecture);
  json.key("model").string(std::string_view(model.name.name));
  json.key("task").string(plan.task);
  json.key("tasks").beginArray();
  for (const std::string &task : plan.tasks)
    json.string(task);
  json.endArray();
  writeLabels(plan.config.json, json);
  auto problem = plan.config.json.find("problem_type");
  if (problem != plan.config.json.end() && problem->is_string())
    json.key("problem_type").string(problem->get<std::string>());
  json.endObject();
  return json.take();
}

static Status setAttributes(mlir::ModuleOp module, const Plan &plan,
                            const Module &model) {
  mlir::Builder builder(module.getContext());
  auto fileAttr = [&](llvm::ArrayRef<std::pair<StringRef, std::string>> entry) {
    llvm::SmallVector<mlir::NamedAttribute> attributes;
    for (const auto &[key, text] : entry)
      attributes.push_back(
          builder.getNamedAttr(key, builder.getStringAttr(text)));
    return builder.getDictionaryAttr(attributes);
  };
  llvm::SmallVector<mlir::Attribute> files, assets;
  if (plan.checkpoint)
    for (const Checkpoint::File &file : plan.checkpoint->hashFiles())
      files.push_back(
          fileAttr({{"file", file.path}, {"hash", file.hash.toString()}}));
  for (const auto &[name, path] : plan.assets) {
    TENON_ASSIGN_OR_RETURN(MappedFile mapped, MappedFile::open(path));
    if (mapped.size() > maxAssetSize)
      return Status::invalid(
          path, concat("is larger than ", humanSize(maxAssetSize)));
    assets.push_back(fileAttr({{"name", name},
                               {"file", path},
                               {"hash", hash128(mapped.bytes()).toString()}}));
  }
  module->setAttr("tenon.checkpoint", builder.getArrayAttr(files));
  module->setAttr("tenon.assets", builder.getArrayAttr(assets));
  module->setAttr("tenon.manifest",
                  builder.getStringAttr(writeManifest(plan, model)));
  return Status::ok();
}

LoadedModel tenon::loadModel(mlir::MLIRContext &context,
                             const FrontendOptions &options,
                             std::vector<Status> &errors) {
  context.loadDialect<TenonDialect, mlir::func::FuncDialect>();
  Plan plan;
  bool isFile = llvm::StringRef(options.source).ends_with(".arch");
  Status planned = isFile ? planFile(options, plan) : planFolder(options, plan);
  if (!planned) {
    errors.push_back(std::move(planned));
    return {};
  }
  Diagnostics diagnostics;
  Program program(options.modelPaths, diagnostics);
  program.load(plan.archFile);
  if (!diagnostics.any())
    checkProgram(program, context);
  LoadedModel loaded;
  const Module *model = nullptr;
  if (!diagnostics.any())
    model = findModel(program, plan.model);
  if (model) {
    Elaborator elaborator(context, program, plan.config, plan.checkpoint.get());
    loaded.module = elaborator.run(*model);
  }
  if (loaded.module)
    if (Status status = setAttributes(*loaded.module, plan, *model); !status)
      diagnostics.error(std::move(status));
  if (diagnostics.any()) {
    for (Status &status : diagnostics.take())
      errors.push_back(std::move(status));
    return {};
  }
  loaded.checkpoint = std::move(plan.checkpoint);
  return loaded;
}
