//===- Units.h - sizes and times for people ---------------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_UNITS_H
#define TENON_SUPPORT_UNITS_H

#include <cstdint>
#include <string>

namespace tenon {

/// Bytes in decimal units, three digits: `917 B`, `2.41 MB`, `438 MB`.
std::string humanSize(uint64_t bytes);

/// Seconds, three digits: `812 ns`, `3.02 µs`, `104 ms`, `12.7 s`.
std::string humanTime(double seconds);

/// A number with a fixed number of digits behind the point.
std::string fixed(double value, int digits);

/// An integer with commas between thousands: `1,048,576`.
std::string grouped(uint64_t value);

} // namespace tenon

#endif // TENON_SUPPORT_UNITS_H
