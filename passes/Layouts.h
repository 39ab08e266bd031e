//===- Layouts.h - transposes that came from choosing a layout --*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_LAYOUTS_H
#define TENON_PASSES_LAYOUTS_H

#include "dialect/TenonOps.h"

namespace tenon {

/// Where a transpose stands that only changes the layout: before the op that
/// wants the new one, from where it may move up, or behind it, from where it
/// may move down. `tenon-move-layouts` moves them until they meet.
enum class Layout { None, Before, Behind };

void setLayout(TransposeOp op, Layout layout);
Layout layoutOf(TransposeOp op);

/// The ways in which marked transposes move and meet.
void populateLayoutPatterns(mlir::RewritePatternSet &patterns);

} // namespace tenon

#endif // TENON_PASSES_LAYOUTS_H
