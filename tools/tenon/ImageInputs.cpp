//===- ImageInputs.cpp - images that a command line names -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/ImageInputs.h"

#include "runtime/media/Decode.h"

#include "support/File.h"
#include "support/Text.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace tenon::tool {

namespace fs = std::filesystem;

Result<std::string> readImageFile(const std::string &name) {
  return readFile(name, media::maxFileSize);
}

/// Whether a file is called as an image or begins as one, be it one that can't
/// be read: that is for its own answer to say.
static bool looksLikeImage(const fs::path &path) {
  std::string ending = asciiLowerCase(path.extension().string());
  if (ending == ".jpg" || ending == ".jpeg" || ending == ".png")
    return true;
  char bytes[64];
  std::ifstream file(path, std::ios::binary);
  file.read(bytes, sizeof(bytes));
  return !media::formatOf({bytes, static_cast<size_t>(file.gcount())}).empty();
}

Result<std::vector<std::string>>
expandFolders(const std::vector<std::string> &names) {
  std::vector<std::string> files;
  for (const std::string &name : names) {
    std::error_code error;
    if (name == "-" || !fs::is_directory(name, error)) {
      files.push_back(name);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator it(name, error), end; !error && it != end;
         it.increment(error))
      if (std::error_code ignored;
          it->is_regular_file(ignored) && looksLikeImage(it->path()))
        inside.push_back(it->path().string());
    if (error)
      return Status::invalid(name, "can't be read: " + error.message());
    if (inside.empty())
      return Status::invalid(name, "is a folder without images");
    // The file system's order is nobody's.
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<heads::Attachment> imageOfStdin() {
  TENON_ASSIGN_OR_RETURN(std::string bytes, readImageFile("/dev/stdin"));
  return heads::Attachment{"-", "", std::move(bytes)};
}

} // namespace tenon::tool
