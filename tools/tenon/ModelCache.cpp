//===- ModelCache.cpp - checkpoints compiled before -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/ModelCache.h"

#include "tools/tenon/CompilerLibrary.h"
#include "tools/tenon/Diagnostics.h"

#include "support/File.h"
#include "support/Hash.h"
#include "support/Text.h"
#include "support/Units.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

namespace tenon::tool {

namespace fs = std::filesystem;

Result<std::string> cacheFolder() {
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return std::string(cache) + "/tenon";
  if (const char *home = std::getenv("HOME"); home && *home)
    return std::string(home) + "/.cache/tenon";
  return Status::invalid("cache",
                         "has no place: neither XDG_CACHE_HOME nor HOME "
                         "is set")
      .help("set one, or compile it yourself: tenon compile DIR -o FILE");
}

//===----------------------------------------------------------------------===//
// Listing and clearing
//===----------------------------------------------------------------------===//

/// The bytes of all files under a folder.
static uint64_t bytesUnder(const fs::path &folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error))
    if (at->is_regular_file(error))
      bytes += at->file_size(error);
  return bytes;
}

Result<std::vector<CachedModel>> listCache() {
  TENON_ASSIGN_OR_RETURN(std::string folder, cacheFolder());
  std::vector<CachedModel> models;
  std::error_code error;
  for (auto at = fs::directory_iterator(folder + "/models", error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    if (at->path().extension() != ".tenon")
      continue;
    CachedModel model;
    model.path = at->path().string();
    model.size = at->file_size(error);
    Result<std::string> source = readFile(model.path + ".source", 64 * 1024);
    model.source = source ? printable(*source) : "";
    models.push_back(std::move(model));
  }
  std::sort(models.begin(), models.end(),
            [](const auto &a, const auto &b) { return a.path < b.path; });
  return models;
}

Result<uint64_t> otherCacheBytes() {
  TENON_ASSIGN_OR_RETURN(std::string folder, cacheFolder());
  return bytesUnder(folder) - bytesUnder(folder + "/models");
}

Result<uint64_t> clearCache() {
  TENON_ASSIGN_OR_RETURN(std::string folder, cacheFolder());
  uint64_t bytes = bytesUnder(folder);
  std::error_code error;
  fs::remove_all(folder, error);
  if (error)
    return Status::invalid(folder, "can't be removed: " + error.message());
  return bytes;
}

//===----------------------------------------------------------------------===//
// Keys
//===----------------------------------------------------------------------===//

/// Adds the files in `folder` to `names`, with `prefix` before their names.
static void addFiles(const std::string &folder, const std::string &prefix,
                     unsigned depth, std::vector<std::string> &names,
                     std::error_code &error) {
  for (auto at = fs::directory_iterator(folder, error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    std::string name = at->path().filename().string();
    // Hidden ones are not the checkpoint's: .git, download metadata.
    if (name.starts_with('.'))
      continue;
    // A link that leads nowhere is no file; the compiler says so if it is one
    // that it reads.
    std::error_code ignored;
    fs::file_type type = fs::status(at->path(), ignored).type();
    if (type == fs::file_type::regular)
      names.push_back(prefix + name);
    // A folder may be linked into itself.
    constexpr unsigned maxDepth = 3;
    if (type == fs::file_type::directory && depth < maxDepth)
      addFiles(at->path().string(), prefix + name + "/", depth + 1, names,
               error);
  }
}

/// The files of a checkpoint, by name, those of subfolders included.
static Result<std::vector<std::string>> filesOf(const std::string &folder) {
  std::vector<std::string> names;
  std::error_code error;
  addFiles(folder, "", 0, names, error);
  if (error)
    return Status::invalid(folder, "can't be read: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

static void addState(Hasher &hasher, const std::string &path) {
  Result<FileState> known = fileState(path);
  FileState state = known ? *known : FileState();
  hasher.updateText(path)
      .updateInteger(state.device)
      .updateInteger(state.inode)
      .updateInteger(state.size)
      .updateInteger(static_cast<uint64_t>(state.seconds))
      .updateInteger(static_cast<uint64_t>(state.nanoseconds));
}

static std::string targetOf(const CompileOptions &options) {
  return options.target.substr(0, options.target.find(':'));
}

static void addOptions(Hasher &hasher, const CompileOptions &options) {
  hasher.updateText(options.task)
      .updateText(options.cpu)
      .updateText(targetOf(options));
  // Another compiler may make another artifact.
  if (Result<std::string> compiler = CompilerLibrary::find())
    addState(hasher, *compiler);
}

/// Of all files of a folder, without reading them.
static Result<std::string> keyOfState(const std::string &folder,
                                      const CompileOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto files, filesOf(folder));
  Hasher hasher;
  addOptions(hasher, options);
  for (const std::string &name : files)
    addState(hasher, folder + "/" + name);
  return hasher.finish().toString();
}

static Result<std::string> keyOfContents(const std::string &folder,
                                         const CompileOptions &options) {
  TENON_ASSIGN_OR_RETURN(auto files, filesOf(folder));
  Hasher hasher;
  addOptions(hasher, options);
  for (const std::string &name : files) {
    TENON_ASSIGN_OR_RETURN(MappedFile file,
                           MappedFile::open(folder + "/" + name));
    hasher.updateText(name).updateInteger(file.size()).update(file.bytes());
  }
  return hasher.finish().toString();
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

static Status compileTo(const std::string &source, const std::string &output,
                        const CompileOptions &options) {
  TENON_ASSIGN_OR_RETURN(CompilerLibrary compiler, CompilerLibrary::load());
  ProgressLine line;
  tenon_compile_request request{};
  request.size = sizeof(request);
  request.source = source.c_str();
  request.output = output.c_str();
  request.task = options.task.empty() ? nullptr : options.task.c_str();
  request.cpu = options.cpu.empty() ? nullptr : options.cpu.c_str();
  request.jobs = options.jobs;
  std::string target = targetOf(options);
  request.target = target.empty() ? nullptr : target.c_str();
  request.progress = [](void *user, const char *step, uint64_t done,
                        uint64_t total) {
    static_cast<ProgressLine *>(user)->showCompiling(step, done, total);
  };
  request.user = &line;
  char *message = nullptr;
  int status = compiler.compile(&request, &message);
  line.clear();
  return CompilerLibrary::takeStatus(status, message);
}

/// Compiles a folder whose files are in the state `state` into the cache.
static Status compileIntoCache(const std::string &folder,
                               const std::string &artifact,
                               const std::string &state,
                               const CompileOptions &options) {
  Status made = createFolders(fs::path(artifact).parent_path().string());
  if (!made)
    return std::move(made).help("set XDG_CACHE_HOME to a folder that can be "
                                "written, or compile it yourself: tenon "
                                "compile DIR -o FILE");
  TENON_ASSIGN_OR_RETURN(std::string cache, cacheFolder());
  reportNote(concat("compiling ", printable(folder),
                    " once; the artifact stays in ", cache));
  auto begin = std::chrono::steady_clock::now();
  TENON_RETURN_IF_ERROR(compileTo(folder, artifact, options));
  // Under the key of other contents, it would be found again and again.
  TENON_ASSIGN_OR_RETURN(std::string now, keyOfState(folder, options));
  if (now != state) {
    std::error_code ignored;
    fs::remove(artifact, ignored);
    return Status::invalid(folder, "has changed while it was read");
  }
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  reportNote(concat("compiled in ", humanTime(time.count())));
  return Status::ok();
}

Result<std::string> cachedArtifact(const std::string &folder,
                                   const CompileOptions &options) {
  TENON_ASSIGN_OR_RETURN(std::string cache, cacheFolder());
  TENON_ASSIGN_OR_RETURN(std::string state, keyOfState(folder, options));
  std::string known = cache + "/sources/" + state;
  auto artifactFor = [&](const std::string &key) {
    return cache + "/models/" + key + ".tenon";
  };
  // What can't be looked at isn't there: making it says why.
  std::error_code ignored;
  if (Result<std::string> key = readFile(known, 64))
    if (fs::exists(artifactFor(*key), ignored))
      return artifactFor(*key);

  TENON_ASSIGN_OR_RETURN(std::string key, keyOfContents(folder, options));
  std::string artifact = artifactFor(key);
  if (!fs::exists(artifact, ignored)) {
    TENON_RETURN_IF_ERROR(compileIntoCache(folder, artifact, state, options));
    // For `tenon cache`; it does without.
    (void)writeFile(artifact + ".source",
                    fs::absolute(folder, ignored).string())
        .isOk();
  }
  // Without it, the next run reads all files to find the artifact.
  if (createFolders(cache + "/sources"))
    (void)writeFile(known, key).isOk();
  return artifact;
}

Result<std::string> resolveModel(const std::string &source,
                                 const CompileOptions &options) {
  std::error_code error;
  if (!fs::is_directory(source, error))
    return source;
  return cachedArtifact(source, options);
}

} // namespace tenon::tool
