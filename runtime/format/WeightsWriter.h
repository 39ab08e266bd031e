//===- WeightsWriter.h - streaming constants into a file --------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_RUNTIME_FORMAT_WEIGHTSWRITER_H
#define TENON_RUNTIME_FORMAT_WEIGHTSWRITER_H

#include "runtime/format/ArtifactWriter.h"

#include "support/File.h"

namespace tenon::format {

/// Writes constants and the hashes of their blocks to where `header` says. The
/// file must have its final size.
Status writeWeights(AtomicFile &file, const Header &header,
                    std::span<const ConstantBytes> constants,
                    const WriteOptions &options);

} // namespace tenon::format

#endif // TENON_RUNTIME_FORMAT_WEIGHTSWRITER_H
