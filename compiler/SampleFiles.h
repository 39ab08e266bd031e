//===- SampleFiles.h - a user's inputs to try a model with ------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_COMPILER_SAMPLEFILES_H
#define TENON_COMPILER_SAMPLEFILES_H

#include "compiler/SampleInputs.h"
#include "runtime/heads/ModelFiles.h"

#include <functional>

namespace tenon {

/// The files of samples that paths name, with those in the place of a folder
/// that lie in it, sorted: tensors (`.safetensors`), texts (`.txt`, `.jsonl`)
/// and images. An error for a folder without any and for files of other kinds.
Result<std::vector<std::string>>
findSampleFiles(const std::vector<std::string> &paths);

/// Reads samples as an opened model takes them. Each is one input: a file of
/// tensors, a line of text, an image; so nothing is padded.
class SampleReader {
public:
  explicit SampleReader(std::shared_ptr<const runtime::Model> model);

  using Visit = std::function<Status(SampleInputs &sample)>;
  /// Calls `visit` with each sample of a file. Errors name it.
  Status read(const std::string &file, const Visit &visit);

private:
  Status readTensors(const std::string &file, const Visit &visit);
  Status readTexts(const std::string &file, const Visit &visit);
  Status readImage(const std::string &file, const Visit &visit);

  Status addText(const tokenizers::EncodeInput &text, const std::string &origin,
                 const Visit &visit);
  /// One line of JSON: a text or pair as for `tenon run --jsonl`, or a list.
  Status addJson(const Json &input, const std::string &origin,
                 const Visit &visit);

  heads::ModelFiles files;
  size_t maxTokens = 0; ///< Of a text; 0 if no entry takes any.
};

/// The entries without states that a sample is for: those that need no other
/// input, or all if there is no such.
std::vector<uint32_t> entriesFor(const runtime::Plan &plan,
                                 const SampleInputs &sample);

/// What of a sample an entry can take: without the tensors that only other
/// entries have.
std::vector<runtime::InputTensor> tensorsFor(const runtime::Plan &plan,
                                             uint32_t entry,
                                             const SampleInputs &sample);

} // namespace tenon

#endif // TENON_COMPILER_SAMPLEFILES_H
