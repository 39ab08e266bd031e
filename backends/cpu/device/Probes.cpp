//===- Probes.cpp - what this machine reaches at best ---------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "backends/cpu/device/Probes.h"

#include "backends/cpu/device/Arena.h"
#include "runtime/CpuFeatures.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace tenon::cpu {

using Clock = std::chrono::steady_clock;

static double secondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The shortest of `rounds` runs of `body` on all threads, in seconds.
template <typename Body>
static double bestOf(int rounds, runtime::Pool &pool, unsigned threads,
                     Body body) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    auto begin = Clock::now();
    pool.run(threads, body);
    best = std::min(best, secondsSince(begin));
  }
  return best;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

#if defined(__x86_64__)

// Independent chains cover the latency of two units; the registers are named,
// so that nothing but the multiply-adds is in the loop.
static constexpr int64_t probeSteps = 200'000;

/// The registers of sums.
#define TENON_SUMS                                                             \
  "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",     \
      "xmm11", "xmm12", "xmm13"

/// Adds the same product to twelve sums in registers `r` (`ymm`).
#define TENON_TWELVE_SUMS(op, r)                                               \
  TENON_SUM(op, r, "2")                                                        \
  TENON_SUM(op, r, "3")                                                        \
  TENON_SUM(op, r, "4")                                                        \
  TENON_SUM(op, r, "5")                                                        \
  TENON_SUM(op, r, "6")                                                        \
  TENON_SUM(op, r, "7")                                                        \
  TENON_SUM(op, r, "8")                                                        \
  TENON_SUM(op, r, "9")                                                        \
  TENON_SUM(op, r, "10")                                                       \
  TENON_SUM(op, r, "11") TENON_SUM(op, r, "12") TENON_SUM(op, r, "13")
#define TENON_SUM(op, r, to) op " %%" r "0, %%" r "1, %%" r to "\n"

// What registers held before could be denormal numbers, which some processors
// multiply a hundred times as slowly: probes start from zeros.
#define TENON_CLEAR_VECTORS()                                                  \
  asm volatile("vzeroall" ::: "xmm0", "xmm1", TENON_SUMS, "xmm14", "xmm15")

__attribute__((target("avx512f"))) static void multiplyAdd512() {
  TENON_CLEAR_VECTORS();
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile(TENON_TWELVE_SUMS("vfmadd231ps", "zmm") : : : TENON_SUMS);
}

__attribute__((target("avx,fma"))) static void multiplyAdd256() {
  TENON_CLEAR_VECTORS();
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile(TENON_TWELVE_SUMS("vfmadd231ps", "ymm") : : : TENON_SUMS);
}

/// Without fused operations: six multiplies and six adds.
static void multiplyThenAdd128() {
  asm volatile("xorps %%xmm0, %%xmm0\n"
               "xorps %%xmm1, %%xmm1\n"
               "xorps %%xmm2, %%xmm2\n"
               "xorps %%xmm3, %%xmm3\n"
               "xorps %%xmm4, %%xmm4\n"
               "xorps %%xmm5, %%xmm5\n"
               "xorps %%xmm6, %%xmm6\n"
               "xorps %%xmm7, %%xmm7\n"
               "xorps %%xmm8, %%xmm8\n"
               "xorps %%xmm9, %%xmm9\n"
               "xorps %%xmm10, %%xmm10\n"
               "xorps %%xmm11, %%xmm11\n"
               "xorps %%xmm12, %%xmm12\n"
               "xorps %%xmm13, %%xmm13\n"
               :
               :
               : "xmm0", "xmm1", TENON_SUMS);
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile("mulps %%xmm0, %%xmm2\n"
                 "addps %%xmm1, %%xmm3\n"
                 "mulps %%xmm0, %%xmm4\n"
                 "addps %%xmm1, %%xmm5\n"
                 "mulps %%xmm0, %%xmm6\n"
                 "addps %%xmm1, %%xmm7\n"
                 "mulps %%xmm0, %%xmm8\n"
                 "addps %%xmm1, %%xmm9\n"
                 "mulps %%xmm0, %%xmm10\n"
                 "addps %%xmm1, %%xmm11\n"
                 "mulps %%xmm0, %%xmm12\n"
                 "addps %%xmm1, %%xmm13\n"
                 :
                 :
                 : TENON_SUMS);
}

//===----------------------------------------------------------------------===//
// Products of bytes
//===----------------------------------------------------------------------===//

// What sums four products of bytes at once; or words of 16 bits that bytes were
// widened to, whose pairs of products are added to the sums.

__attribute__((target("avx512f,avx512vnni"))) static void byteProducts512() {
  TENON_CLEAR_VECTORS();
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile(TENON_TWELVE_SUMS("vpdpbusd", "zmm")::: TENON_SUMS);
}

__attribute__((target("avx512f,avx512bf16"))) static void halfProducts512() {
  TENON_CLEAR_VECTORS();
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile(TENON_TWELVE_SUMS("vdpbf16ps", "zmm")::: TENON_SUMS);
}

/// Registers of tiles for `instruction`, which adds products of two to others.
#define TENON_TILE_PRODUCTS(instruction)                                       \
  alignas(64) uint8_t shapes[64] = {1};                                        \
  for (int tile = 0; tile < 8; ++tile) {                                       \
    shapes[16 + 2 * tile] = 64;                                                \
    shapes[48 + tile] = 16;                                                    \
  }                                                                            \
  asm volatile(                                                                \
      "ldtilecfg %0\n"                                                         \
      "tilezero %%tmm0\ntilezero %%tmm1\ntilezero %%tmm2\n"                    \
      "tilezero %%tmm3\ntilezero %%tmm4\ntilezero %%tmm5\n" ::"m"(shapes));    \
  for (int64_t i = 0; i < tileSteps; ++i)                                      \
    asm volatile(instruction " %%tmm0, %%tmm1, %%tmm2\n" instruction           \
                             " %%tmm0, %%tmm1, %%tmm3\n" instruction           \
                             " %%tmm0, %%tmm1, %%tmm4\n" instruction           \
                             " %%tmm0, %%tmm1, %%tmm5\n" ::);                  \
  asm volatile("tilerelease")

// A tile instruction takes 16 cycles.
static constexpr int64_t tileSteps = probeSteps / 8;

static void byteTiles() { TENON_TILE_PRODUCTS("tdpbssd"); }
static void halfTiles() { TENON_TILE_PRODUCTS("tdpbf16ps"); }

__attribute__((target("avx2"))) static void wordProducts256() {
  TENON_CLEAR_VECTORS();
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile("vpmaddwd %%ymm0, %%ymm1, %%ymm2\n"
                 "vpaddd %%ymm2, %%ymm8, %%ymm8\n"
                 "vpmaddwd %%ymm0, %%ymm1, %%ymm3\n"
                 "vpaddd %%ymm3, %%ymm9, %%ymm9\n"
                 "vpmaddwd %%ymm0, %%ymm1, %%ymm4\n"
                 "vpaddd %%ymm4, %%ymm10, %%ymm10\n"
                 "vpmaddwd %%ymm0, %%ymm1, %%ymm5\n"
                 "vpaddd %%ymm5, %%ymm11, %%ymm11\n"
                 "vpmaddwd %%ymm0, %%ymm1, %%ymm6\n"
                 "vpaddd %%ymm6, %%ymm12, %%ymm12\n"
                 "vpmaddwd %%ymm0, %%ymm1, %%ymm7\n"
                 "vpaddd %%ymm7, %%ymm13, %%ymm13\n" ::
                     : TENON_SUMS);
}

static void wordProducts128() {
  for (int64_t i = 0; i < probeSteps; ++i)
    asm volatile("pmaddwd %%xmm0, %%xmm2\n"
                 "paddd %%xmm1, %%xmm8\n"
                 "pmaddwd %%xmm0, %%xmm3\n"
                 "paddd %%xmm1, %%xmm9\n"
                 "pmaddwd %%xmm0, %%xmm4\n"
                 "paddd %%xmm1, %%xmm10\n"
                 "pmaddwd %%xmm0, %%xmm5\n"
                 "paddd %%xmm1, %%xmm11\n"
                 "pmaddwd %%xmm0, %%xmm6\n"
                 "paddd %%xmm1, %%xmm12\n"
                 "pmaddwd %%xmm0, %%xmm7\n"
                 "paddd %%xmm1, %%xmm13\n" ::
                     : TENON_SUMS);
}

static std::vector<runtime::DevicePeak::Arithmetic>
measureArithmetic(runtime::Pool &pool, unsigned threads) {
  struct Case {
    std::string_view isa, type, needs;
    void (*run)();
    int flopsPerStep;
    int64_t steps = probeSteps;
  };
  constexpr Case cases[] = {
      {"avx512f", "f32", "avx512f", multiplyAdd512, 12 * 16 * 2},
      {"avx2", "f32", "avx2,fma", multiplyAdd256, 12 * 8 * 2},
      {"sse2", "f32", "sse2", multiplyThenAdd128, 12 * 4},
      {"amx_int8", "i8", "amx_tile,amx_int8", byteTiles, 4 * 16 * 16 * 64 * 2,
       tileSteps},
      {"avx512_vnni", "i8", "avx512f,avx512_vnni", byteProducts512,
       12 * 64 * 2},
      {"avx2", "i8", "avx2", wordProducts256, 6 * 16 * 2},
      {"sse2", "i8", "sse2", wordProducts128, 6 * 8 * 2},
      {"amx_bf16", "bf16", "amx_tile,amx_bf16", halfTiles, 4 * 16 * 16 * 32 * 2,
       tileSteps},
      {"avx512_bf16", "bf16", "avx512f,avx512_bf16", halfProducts512,
       12 * 32 * 2},
  };
  std::vector<runtime::DevicePeak::Arithmetic> probes;
  for (const Case &c : cases) {
    if (!runtime::missingFeatures(c.needs).empty())
      continue;
    double seconds =
        bestOf(5, pool, threads, [&](runtime::PoolThread) { c.run(); });
    probes.push_back(
        {c.isa, c.type, double(c.steps) * c.flopsPerStep * threads / seconds});
  }
  return probes;
}

#else

static std::vector<runtime::DevicePeak::Arithmetic>
measureArithmetic(runtime::Pool &, unsigned) {
  return {};
}

#endif

//===----------------------------------------------------------------------===//
// Memory and threads
//===----------------------------------------------------------------------===//

static double measureRead(runtime::Pool &pool, unsigned threads) {
  // More than any last-level cache that a few threads share.
  constexpr uint64_t perThread = 128 * 1024 * 1024;
  Arena memory;
  if (!memory.reserve(perThread * threads))
    return 0;
  std::vector<uint64_t> sums(size_t(threads) * 16); // apart from each other
  auto slice = [&](runtime::PoolThread thread) {
    return memory.data() + perThread * thread.index;
  };
  pool.run(threads, [&](runtime::PoolThread thread) {
    std::memset(slice(thread), 1, perThread);
  });
  double seconds = bestOf(4, pool, threads, [&](runtime::PoolThread thread) {
    const auto *words = reinterpret_cast<const uint64_t *>(slice(thread));
    uint64_t sum[8] = {};
    for (uint64_t i = 0; i < perThread / 8; i += 8)
      for (int k = 0; k < 8; ++k)
        sum[k] += words[i + k];
    for (uint64_t s : sum)
      sums[thread.index * 16] += s;
  });
  // The sums are needed, or the loop would be removed.
  return sums[0] ? double(perThread) * threads / seconds : 0;
}

static double measureRegion(runtime::Pool &pool, unsigned threads) {
  constexpr int regions = 1000;
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    auto begin = Clock::now();
    for (int i = 0; i < regions; ++i)
      pool.run(threads, [](runtime::PoolThread) {});
    best = std::min(best, secondsSince(begin) / regions);
  }
  return best;
}

runtime::DevicePeak measurePeak(runtime::Pool &pool, unsigned threads) {
  return {measureArithmetic(pool, threads), measureRead(pool, threads),
          measureRegion(pool, threads)};
}

} // namespace tenon::cpu
