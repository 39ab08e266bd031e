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
#include <sys/stat.h>

namespace tenon::tool {

namespace fs = std::filesystem;

Result<std::string> cacheFolder() {
  if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache == '/')
    return std::string(cache) + "/tenon";
  if (const char *home = std::getenv("HOME"); home && *home)
    return std::string(home) + "/.cache/tenon";
  return Status::invalid("cache",
                         "has no place: neither XDG_CACHE_HOME nor HOME "
                         "is set");
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

/// The files of a checkpoint, by name, those of subfolders included.
static Result<std::vector<std::string>> filesOf(const std::string &folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error);
       !error && at != fs::recursive_directory_iterator();
       at.increment(error)) {
    // Hidden ones are not the checkpoint's: .git, download metadata.
    if (at->path().filename().string().starts_with('.')) {
      at.disable_recursion_pending();
      continue;
    }
    if (at->is_regular_file(error))
      names.push_back(at->path().lexically_relative(folder).string());
  }
  if (error)
    return Status::invalid(folder, "can't be read: " + error.message());
  std::sort(names.begin(), names.end());
  return names;
}

/// What a file's state shows without reading it.
static void addState(Hasher &hasher, const std::string &path) {
  struct stat info{};
  stat(path.c_str(), &info);
  hasher.updateText(path)
      .updateInteger(info.st_dev)
      .updateInteger(info.st_ino)
      .updateInteger(static_cast<uint64_t>(info.st_size))
      .updateInteger(static_cast<uint64_t>(info.st_mtim.tv_sec))
      .updateInteger(static_cast<uint64_t>(info.st_mtim.tv_nsec));
}

static void addOptions(Hasher &hasher, const CompileOptions &options) {
  hasher.updateText(options.task).updateText(options.cpu);
  // Another compiler may make another artifact.
  if (Result<std::string> compiler = CompilerLibrary::find())
    addState(hasher, *compiler);
}

static Result<std::string> keyOfContents(const std::string &folder,
                                         const std::vector<std::string> &files,
                                         const CompileOptions &options) {
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
  request.progress = [](void *user, const char *step, uint64_t done,
                        uint64_t total) {
    static_cast<ProgressLine *>(user)->showCompiling(step, done, total);
  };
  request.user = &line;
  char *message = nullptr;
  int status = compiler.compile(&request, &message);
  line.clear();
  std::string text = message ? message : "";
  free(message);
  if (!status)
    return Status::ok();
  // The first line is `WHERE: WHAT`, the others stay as they are.
  std::vector<std::string_view> lines = split(text, '\n');
  std::string what(lines[0]);
  Status error = status == static_cast<int>(StatusCode::Internal)
                     ? Status::internal("", what)
                     : Status::invalid("", what);
  for (size_t i = 1; i < lines.size(); ++i)
    error = std::move(error).line(std::string(lines[i]));
  return error;
}

Result<std::string> cachedArtifact(const std::string &folder,
                                   const CompileOptions &options) {
  TENON_ASSIGN_OR_RETURN(std::string cache, cacheFolder());
  TENON_ASSIGN_OR_RETURN(auto files, filesOf(folder));
  Hasher state;
  addOptions(state, options);
  for (const std::string &name : files)
    addState(state, folder + "/" + name);
  std::string known = cache + "/sources/" + state.finish().toString();
  auto artifactFor = [&](const std::string &key) {
    return cache + "/models/" + key + ".tenon";
  };
  if (Result<std::string> key = readFile(known, 64))
    if (fs::exists(artifactFor(*key)))
      return artifactFor(*key);

  TENON_ASSIGN_OR_RETURN(std::string key,
                         keyOfContents(folder, files, options));
  std::string artifact = artifactFor(key);
  TENON_RETURN_IF_ERROR(createFolders(cache + "/models"));
  TENON_RETURN_IF_ERROR(createFolders(cache + "/sources"));
  if (!fs::exists(artifact)) {
    reportNote(concat("compiling ", printable(folder),
                      " once; the artifact stays in ", cache));
    auto begin = std::chrono::steady_clock::now();
    TENON_RETURN_IF_ERROR(compileTo(folder, artifact, options));
    std::chrono::duration<double> time =
        std::chrono::steady_clock::now() - begin;
    reportNote(concat("compiled in ", humanTime(time.count())));
    TENON_RETURN_IF_ERROR(
        writeFile(artifact + ".source", fs::absolute(folder).string()));
  }
  TENON_RETURN_IF_ERROR(writeFile(known, key));
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
