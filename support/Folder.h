//===- Folder.h - the files of a folder -----------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_FOLDER_H
#define TENON_SUPPORT_FOLDER_H

#include "support/Status.h"

#include <functional>
#include <string>
#include <vector>

namespace tenon {

/// The paths of those files of a folder that `isWanted` holds for, in order of
/// their names. Errors are Status::invalid with the folder as `where`.
Result<std::vector<std::string>>
listFolder(const std::string &folder,
           const std::function<bool(const std::string &path)> &isWanted);

} // namespace tenon

#endif // TENON_SUPPORT_FOLDER_H
