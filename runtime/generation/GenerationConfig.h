//===- GenerationConfig.h - how to generate ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The options of a generation under the names and with the meaning that they
// have in transformers. GenerationDefaults.h says where their values come from.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_GENERATION_GENERATIONCONFIG_H
#define TENON_RUNTIME_GENERATION_GENERATIONCONFIG_H

#include "support/Json.h"
#include "support/Status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tenon::generation {

/// When beam search stops looking for better sequences than the finished ones.
enum class EarlyStopping { No, Yes, Never };

struct SequenceBias {
  std::vector<int32_t> tokens; ///< At least one.
  float bias;                  ///< For the last one, after the others.
};

/// How long a sequence gets, its prompt included, in tokens.
struct Lengths {
  size_t prompt = 0;
  size_t max = 0;
  size_t min = 0;
};

struct GenerationConfig {
  // Length.
  std::optional<int64_t> maxLength = 20, maxNewTokens;
  int64_t minLength = 0;
  std::optional<int64_t> minNewTokens;
  /// The call itself asks for a length (one that nobody asked for gives way to
  /// the model's context), and whether it does so by max_length.
  bool lengthIsAsked = false, maxLengthIsAsked = false;
  std::optional<double> maxTime; ///< In seconds.
  std::vector<std::string> stopStrings;

  // Strategy.
  bool doSample = false;
  int64_t numBeams = 1, numBeamGroups = 1;
  EarlyStopping earlyStopping = EarlyStopping::No;
  double lengthPenalty = 1, diversityPenalty = 0;
  int64_t numReturnSequences = 1;
  std::optional<uint64_t> seed;

  // Sampling.
  double temperature = 1;
  int64_t topK = 50; ///< 0: all.
  double topP = 1;
  std::optional<double> minP;
  double typicalP = 1, epsilonCutoff = 0, etaCutoff = 0;

  // Scores.
  std::vector<SequenceBias> sequenceBias;
  double encoderRepetitionPenalty = 1, repetitionPenalty = 1;
  int64_t noRepeatNgramSize = 0, encoderNoRepeatNgramSize = 0;
  std::vector<std::vector<int32_t>> badWords;
  std::optional<int32_t> forcedBos;
  std::vector<int32_t> forcedEos;
  bool removeInvalidValues = false;
  /// After how many new tokens it sets in, and its base.
  std::optional<std::pair<int64_t, double>> exponentialDecay;
  std::vector<int32_t> suppressTokens, beginSuppressTokens;
  bool renormalizeLogits = false;

  // Special tokens.
  std::vector<int32_t> eos;
  std::optional<int32_t> pad, bos, decoderStart;

  /// What the call asks for in vain, a line each.
  std::vector<std::string> warnings;

  bool usesBeams() const { return numBeams > 1; }
  /// The rows of a model that one prompt needs.
  size_t rows() const {
    return static_cast<size_t>(usesBeams() ? numBeams : numReturnSequences);
  }
  /// What follows a finished sequence in a batch: the pad token, or else the
  /// first end-of-sequence token.
  std::optional<int32_t> filler() const {
    return pad || eos.empty() ? pad : eos.front();
  }

  /// How long the sequence of a prompt gets in a model that holds
  /// `contextLimit` tokens. Fails if there is no room for a token, or if the
  /// call asks for more than the model can hold.
  Result<Lengths> lengths(size_t promptTokens, size_t contextLimit) const;

  /// Reads options by name, all of them (see generationOptions()). Fails for
  /// values of the wrong type or out of range and for combinations that
  /// contradict each other. `asked` are those that the call itself names, an
  /// object or null: it isn't warned of others.
  static Result<GenerationConfig> read(const Json &options, const Json &asked);
};

} // namespace tenon::generation

#endif // TENON_RUNTIME_GENERATION_GENERATIONCONFIG_H
