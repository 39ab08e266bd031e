//===- ImageInputs.cpp - images that a command line names -----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/ImageInputs.h"

#include "runtime/media/Decode.h"

#include "support/File.h"
#include "support/Folder.h"
#include "support/Text.h"

#include <filesystem>

namespace tenon::tool {

namespace fs = std::filesystem;

Result<std::string> readImageFile(const std::string &name) {
  return readFile(name, media::maxFileSize);
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
    TENON_ASSIGN_OR_RETURN(std::vector<std::string> inside,
                           listFolder(name, media::looksLikeImage));
    if (inside.empty())
      return Status::invalid(name, "is a folder without images");
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<heads::Attachment> imageOfStdin() {
  TENON_ASSIGN_OR_RETURN(std::string bytes, readImageFile("/dev/stdin"));
  return heads::Attachment{"-", "", std::move(bytes)};
}

} // namespace tenon::tool
