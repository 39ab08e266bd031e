//===- VocabularyFiles.h - vocab.txt, merges.txt ----------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The files of checkpoints that have no tokenizer.json, read as the slow
// tokenizers of transformers 4.57.6 read them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_TOKENIZERS_VOCABULARYFILES_H
#define TENON_RUNTIME_TOKENIZERS_VOCABULARYFILES_H

#include "Vocabulary.h"

namespace tenon::tokenizers {

/// One token a line, its number the id, as Python reads lines.
Status readVocabTxt(std::string_view text, const std::string &where,
                    VocabularyBuilder &vocabulary);

/// Two tokens a line. As in the reference, the first line is left out, whatever
/// it says, and so is what stands behind the last line end. Errors are `where:
/// line N: WHAT`.
Status readMergesTxt(std::string_view text, const std::string &where,
                     VocabularyBuilder &vocabulary);

} // namespace tenon::tokenizers

#endif // TENON_RUNTIME_TOKENIZERS_VOCABULARYFILES_H
