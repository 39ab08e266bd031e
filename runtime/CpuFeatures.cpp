//===- CpuFeatures.cpp - what this processor can do -----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "runtime/CpuFeatures.h"

#include "support/Text.h"

#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace tenon::runtime {

#if defined(__x86_64__)

namespace {

enum Register { EAX, EBX, ECX, EDX };

/// Register state that the system must save for a feature, as bits of XCR0.
enum State : uint64_t { None = 0, Avx = 0x6, Avx512 = 0xe6, Amx = 0x60000 };

struct Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register where;
  unsigned bit;
  State state;
};

} // namespace

static constexpr Feature features[] = {
    {"cmov", 1, 0, EDX, 15, None},
    {"fxsr", 1, 0, EDX, 24, None},
    {"sse", 1, 0, EDX, 25, None},
    {"sse2", 1, 0, EDX, 26, None},
    {"pni", 1, 0, ECX, 0, None},
    {"pclmulqdq", 1, 0, ECX, 1, None},
    {"ssse3", 1, 0, ECX, 9, None},
    {"fma", 1, 0, ECX, 12, Avx},
    {"cx16", 1, 0, ECX, 13, None},
    {"sse4_1", 1, 0, ECX, 19, None},
    {"sse4_2", 1, 0, ECX, 20, None},
    {"movbe", 1, 0, ECX, 22, None},
    {"popcnt", 1, 0, ECX, 23, None},
    {"xsave", 1, 0, ECX, 26, None},
    {"avx", 1, 0, ECX, 28, Avx},
    {"f16c", 1, 0, ECX, 29, Avx},
    {"bmi1", 7, 0, EBX, 3, None},
    {"avx2", 7, 0, EBX, 5, Avx},
    {"bmi2", 7, 0, EBX, 8, None},
    {"avx512f", 7, 0, EBX, 16, Avx512},
    {"avx512dq", 7, 0, EBX, 17, Avx512},
    {"avx512ifma", 7, 0, EBX, 21, Avx512},
    {"avx512cd", 7, 0, EBX, 28, Avx512},
    {"avx512bw", 7, 0, EBX, 30, Avx512},
    {"avx512vl", 7, 0, EBX, 31, Avx512},
    {"avx512vbmi", 7, 0, ECX, 1, Avx512},
    {"avx512_vbmi2", 7, 0, ECX, 6, Avx512},
    {"gfni", 7, 0, ECX, 8, None},
    {"vaes", 7, 0, ECX, 9, Avx},
    {"vpclmulqdq", 7, 0, ECX, 10, Avx},
    {"avx512_vnni", 7, 0, ECX, 11, Avx512},
    {"avx512_bitalg", 7, 0, ECX, 12, Avx512},
    {"avx512_vpopcntdq", 7, 0, ECX, 14, Avx512},
    {"amx_bf16", 7, 0, EDX, 22, Amx},
    {"avx512_fp16", 7, 0, EDX, 23, Avx512},
    {"amx_tile", 7, 0, EDX, 24, Amx},
    {"amx_int8", 7, 0, EDX, 25, Amx},
    {"avx_vnni", 7, 1, EAX, 4, Avx},
    {"avx512_bf16", 7, 1, EAX, 5, Avx512},
    {"lahf_lm", 0x80000001, 0, ECX, 0, None},
    {"abm", 0x80000001, 0, ECX, 5, None},
};

/// The registers of a leaf; zeros if the processor doesn't have it.
static void readLeaf(uint32_t leaf, uint32_t subleaf, uint32_t (&out)[4]) {
  std::memset(out, 0, sizeof(out));
  if (leaf == 7 && subleaf) {
    uint32_t last[4];
    readLeaf(7, 0, last);
    if (subleaf > last[EAX])
      return;
  }
  __get_cpuid_count(leaf, subleaf, &out[EAX], &out[EBX], &out[ECX], &out[EDX]);
}

/// The register state that the system saves.
static uint64_t savedState() {
  uint32_t leaf[4];
  readLeaf(1, 0, leaf);
  if (!(leaf[ECX] >> 27 & 1)) // OSXSAVE
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

/// Whether the system lets this process use the matrix unit, for which it must
/// be asked: threads need more memory for their registers then.
static bool isMatrixUnitAllowed() {
  constexpr long request = 0x1023 /* ARCH_REQ_XCOMP_PERM */, tileData = 18;
  return syscall(SYS_arch_prctl, request, tileData) == 0;
}

bool hasFeature(std::string_view name) {
  for (const Feature &feature : features) {
    if (feature.name != name)
      continue;
    uint32_t leaf[4];
    readLeaf(feature.leaf, feature.subleaf, leaf);
    return (leaf[feature.where] >> feature.bit & 1) &&
           (savedState() & feature.state) == feature.state &&
           (feature.state != Amx || isMatrixUnitAllowed());
  }
  return false;
}

std::vector<std::string> presentFeatures() {
  std::vector<std::string> present;
  for (const Feature &feature : features)
    if (hasFeature(feature.name))
      present.emplace_back(feature.name);
  return present;
}

std::string processorName() {
  char brand[49] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    uint32_t leaf[4];
    readLeaf(0x80000002 + i, 0, leaf);
    std::memcpy(brand + 16 * i, leaf, sizeof(leaf));
  }
  return printable(trim(brand));
}

std::string processorLevel() {
  constexpr std::string_view v2 = "cx16,lahf_lm,popcnt,pni,sse4_1,sse4_2,ssse3";
  constexpr std::string_view v3 = "avx,avx2,bmi1,bmi2,f16c,fma,abm,movbe,xsave";
  constexpr std::string_view v4 = "avx512f,avx512bw,avx512cd,avx512dq,avx512vl";
  int level = 1;
  for (std::string_view needed : {v2, v3, v4}) {
    if (!missingFeatures(needed).empty())
      break;
    ++level;
  }
  return level == 1 ? "x86-64" : concat("x86-64-v", level);
}

#else

bool hasFeature(std::string_view) { return false; }
std::vector<std::string> presentFeatures() { return {}; }
std::string processorName() { return {}; }
std::string processorLevel() { return {}; }

#endif

std::vector<std::string> missingFeatures(std::string_view list) {
  std::vector<std::string> missing;
  for (std::string_view piece : split(list, ',')) {
    std::string_view name = trim(piece);
    if (!name.empty() && !hasFeature(name))
      missing.emplace_back(name);
  }
  return missing;
}

} // namespace tenon::runtime
