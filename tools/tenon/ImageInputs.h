//===- ImageInputs.h - images that a command line names ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_IMAGEINPUTS_H
#define TENON_TOOLS_TENON_IMAGEINPUTS_H

#include "runtime/heads/Head.h"

namespace tenon::tool {

/// Reads the file of an image, for requests that name files.
Result<std::string> readImageFile(const std::string &name);

/// Names of images, with those in the place of a folder that lie in it: files
/// that are called .jpg, .jpeg or .png or begin as images do, sorted by name.
/// An error for a folder without any.
Result<std::vector<std::string>>
expandFolders(const std::vector<std::string> &names);

/// What stdin holds, as an attachment that the name `-` stands for.
Result<heads::Attachment> imageOfStdin();

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_IMAGEINPUTS_H
