//===- Folder.cpp - the files of a folder -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace tenon {

Result<std::vector<std::string>>
listFolder(const std::string &folder,
           const std::function<bool(const std::string &path)> &isWanted) {
  std::error_code error;
  std::vector<std::string> files;
  for (std::filesystem::directory_iterator it(folder, error), end;
       !error && it != end; it.increment(error))
    if (std::error_code ignored;
        it->is_regular_file(ignored) && isWanted(it->path().string()))
      files.push_back(it->path().string());
  if (error)
    return Status::invalid(folder, "can't be read: " + error.message());
  // The file system's order is nobody's.
  std::sort(files.begin(), files.end());
  return files;
}

} // namespace tenon
