//===- ModelFiles.h - a checkpoint's files in an artifact -------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_HEADS_MODELFILES_H
#define TENON_RUNTIME_HEADS_MODELFILES_H

#include "runtime/Model.h"
#include "runtime/media/Processor.h"
#include "runtime/tokenizers/Tokenizer.h"

#include "support/Json.h"

#include <functional>
#include <mutex>

namespace tenon::heads {

/// A file of a checkpoint by its name; no value if there is none.
using FileReader =
    std::function<std::optional<std::string_view>(const std::string &name)>;

/// The assets that heads read, each parsed when it is first asked for. Errors
/// are at the file's name. For any number of threads.
class ModelFiles {
public:
  explicit ModelFiles(std::shared_ptr<const runtime::Model> model)
      : model_(std::move(model)) {}
  /// Other files in the place of the artifact's; what `read` returns must live
  /// as long as this.
  ModelFiles(std::shared_ptr<const runtime::Model> model, FileReader read)
      : model_(std::move(model)), read_(std::move(read)) {}

  const runtime::Model &model() const { return *model_; }
  std::string_view task() const { return model_->artifact().manifest().task; }

  std::optional<std::string_view> text(const std::string &name) const {
    return read_ ? read_(name) : model_->artifact().asset(name);
  }
  /// A file parsed anew; null if there is none.
  Result<Json> json(const std::string &name) const;
  /// config.json, an empty object if there is none.
  Result<const Json *> config();
  Result<const tokenizers::Tokenizer *> tokenizer();
  Result<const media::Processor *> processor();

private:
  std::shared_ptr<const runtime::Model> model_;
  FileReader read_;
  std::mutex mutex_;
  std::optional<Json> config_;
  std::optional<tokenizers::Tokenizer> tokenizer_;
  std::optional<media::Processor> processor_;
};

/// The tokenizer that a checkpoint's files make; `where` is for the error if
/// there is none.
Result<tokenizers::Tokenizer> readTokenizer(const std::string &where,
                                            const FileReader &read);

/// The same for the processor of its images.
Result<media::Processor> readProcessor(const FileReader &read);

/// The names of the classes that a classifier tells apart.
struct Labels {
  std::vector<std::string> names;

  /// As transformers reads `id2label` and `num_labels`; errors for gaps.
  static Result<Labels> parse(const Json &config);
};

} // namespace tenon::heads

#endif // TENON_RUNTIME_HEADS_MODELFILES_H
