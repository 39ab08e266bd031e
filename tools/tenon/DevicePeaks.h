//===- DevicePeaks.h - what a device reaches, by probes ---------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_DEVICEPEAKS_H
#define TENON_TOOLS_TENON_DEVICEPEAKS_H

#include "runtime/Model.h"
#include "tools/tenon/Roofline.h"

#include <functional>

namespace tenon::tool {

/// Writes what tenon_compiler_probes does, for a target and a variant, to
/// `path`.
using ProbeWriter =
    std::function<Status(const std::string &target, const std::string &variant,
                         const std::string &path)>;

/// What a unit of a device reaches with code of a variant.
Result<MachinePeak> probePeak(std::shared_ptr<runtime::Instance> instance,
                              const runtime::Device &device,
                              const std::string &unit,
                              const std::string &variant,
                              const ProbeWriter &write);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_DEVICEPEAKS_H
