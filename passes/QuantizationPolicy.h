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

#include <string>
#include <string_view>
#include <vector>

namespace tenon {

/// How a product's constant side, and for `Int8` its other side, are held. Of a
/// constant that several products read, the first of their modes counts.
enum class Quantization {
  None,        ///< As they are.
  BFloat16,    ///< Both rounded to bf16, sums in f32.
  Int8,        ///< Both of 8 bits, with scales for columns and for rows.
  Int8Weights, ///< Weights of 8 bits with a scale for each column.
  Int4Weights, ///< Weights of 4 bits with a scale for 32 of a column.
};

/// The words of `--quantize` and of policy files.
std::string_view nameOf(Quantization mode);

/// A policy file:
///
///   mode = "int4-weights"
///
///   [[layer]]
///   id = "lm_head*"      # products by op id, * and ? as in file names
///   mode = "fp32"        # the last layer that matches counts
struct QuantizationPolicy {
  Quantization mode = Quantization::None;
  struct Layer {
    std::string id;
    Quantization mode;
  };
  std::vector<Layer> layers;

  /// How the product `id` is to be quantized; of merged products (`a+b`), a
  /// layer that matches one matches all.
  Quantization modeOf(llvm::StringRef id) const;

  /// Whether anything may be quantized like that.
  bool uses(Quantization mode) const;

  /// The policy of a mode's name or of the file at a path ending in `.toml`;
  /// one that leaves everything as it is if `text` is empty.
  static Result<QuantizationPolicy> load(const std::string &text);
};

} // namespace tenon

#endif // TENON_PASSES_QUANTIZATIONPOLICY_H
