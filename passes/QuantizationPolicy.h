//===- QuantizationPolicy.h - what is stored with fewer bits ----*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_QUANTIZATIONPOLICY_H
#define TENON_PASSES_QUANTIZATIONPOLICY_H

#include "support/Status.h"

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

/// How a product's constant side, and for `Int8` its other side, are held. Of a
/// constant that several products read, the first of their modes counts.
enum class Quantization {
  None,        ///< As they are.
  BFloat16,    ///< Both rounded to bf16, sums in f32.
  Float16,     ///< Both rounded to fp16, sums in f32.
  Int8,        ///< Both of 8 bits, with scales for columns and for rows.
  Int8Weights, ///< Weights of 8 bits with a scale for each column.
  Int4Weights, ///< Weights of 4 bits with a scale for 32 of a column.
};

/// The words of `--quantize` and of policy files.
std::string_view nameOf(Quantization mode);

/// What a policy says of a product; what it leaves open isn't there.
struct QuantizationRule {
  std::optional<Quantization> mode;
  /// Whether a left side that was observed gets a constant scale. Default: yes.
  std::optional<bool> isStatic;
  /// Of the rows observed, in percent, those that lie within the range whole.
  /// Default: all of them.
  std::optional<double> percentile;
  /// What attention multiplies: `None`, `BFloat16`, `Float16` or `Int8`, where
  /// the mode is one of these but the first. Default: what products do.
  std::optional<Quantization> attention;

  /// What attention multiplies; nothing, if that isn't the rule's business.
  std::optional<Quantization> attentionMode() const;
  /// What `other` says goes before.
  void refine(const QuantizationRule &other);
};

/// A policy file:
///
///   mode = "int8"
///   percentile = 99.9        # of rows that --calibrate doesn't clip
///   attention = "fp32"       # products of attention stay as they are
///
///   [[layer]]
///   id = "lm_head*"          # products and attention by op id, with * and ?
///   mode = "fp32"            # the last layer that matches and says it counts
///
///   [[layer]]
///   id = "*.output.*"
///   activations = "dynamic"  # whatever --calibrate finds
struct QuantizationPolicy {
  QuantizationRule all;
  struct Layer {
    std::string id;
    QuantizationRule rule;
    std::string place; ///< Of the id, in the file.

    /// Whether it is about this op; of merged ones (`a+b`), about one of them.
    bool matches(llvm::StringRef op) const;
  };
  std::vector<Layer> layers;

  /// What is said of the product `id`; of merged products (`a+b`), a layer that
  /// matches one matches all.
  QuantizationRule ruleOf(llvm::StringRef id) const;
  Quantization modeOf(llvm::StringRef id) const {
    return ruleOf(id).mode.value_or(Quantization::None);
  }

  /// Whether any constant may be quantized like that.
  bool uses(Quantization mode) const;
  /// Whether there may be products of that kind, those of attention included.
  bool multiplies(Quantization mode) const;

  /// The policy of a mode's name or of the file at a path ending in `.toml`;
  /// one that leaves everything as it is if `text` is empty.
  static Result<QuantizationPolicy> load(const std::string &text);
};

} // namespace tenon

#endif // TENON_PASSES_QUANTIZATIONPOLICY_H
