//===- Probes.h - what this machine reaches at best -------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_BACKENDS_CPU_DEVICE_PROBES_H
#define TENON_BACKENDS_CPU_DEVICE_PROBES_H

#include "runtime/Device.h"

namespace tenon::cpu {

/// Measures `threads` threads of the pool at once: multiply-adds with each
/// vector extension that the processor has, reading, and an empty region.
runtime::DevicePeak measurePeak(runtime::Pool &pool, unsigned threads);

} // namespace tenon::cpu

#endif // TENON_BACKENDS_CPU_DEVICE_PROBES_H
