//===- probes.cpp - what this machine reaches, beside the peers -----------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// probes THREADS BYTES: for each line on stdin, measures on so many threads at
// once and prints a line of JSON: fp32 multiply-adds, 8-bit dot products (AMX
// or VNNI) and bf16 dot products as operations a second, null where the
// processor has none; and reading BYTES on huge pages, as bytes a second. It
// stands apart from `tenon bench`'s probes, which only know what Tenon's
// kernels use, and depends on nothing of Tenon, so that Tenon doesn't measure
// its own yardstick.
//
//===----------------------------------------------------------------------===//

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using Clock = std::chrono::steady_clock;

static unsigned threadCount;

/// The shortest of `rounds` runs of `body` on all threads at once, in seconds.
template <typename Body> static double bestOf(int rounds, Body body) {
  std::barrier<> start(threadCount), finish(threadCount);
  double best = 1e9;
  auto run = [&](unsigned thread) {
    for (int round = 0; round < rounds; ++round) {
      start.arrive_and_wait();
      auto begin = Clock::now();
      body(thread);
      finish.arrive_and_wait();
      std::chrono::duration<double> seconds = Clock::now() - begin;
      if (thread == 0)
        best = std::min(best, seconds.count());
    }
  };
  std::vector<std::thread> others;
  for (unsigned thread = 1; thread < threadCount; ++thread)
    others.emplace_back(run, thread);
  run(0);
  for (std::thread &other : others)
    other.join();
  return best;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static constexpr int64_t steps = 200'000;
static constexpr int chains = 12; // cover the latency of two units

struct Kernel {
  bool isSupported;
  void (*run)();
  int operations; // of one instruction
};

/// The rate of the first kernel that the processor has, as JSON.
static std::string rate(std::initializer_list<Kernel> kernels) {
  for (const Kernel &kernel : kernels) {
    if (!kernel.isSupported)
      continue;
    double seconds = bestOf(15, [&](unsigned) { kernel.run(); });
    return std::to_string(double(steps) * chains * kernel.operations *
                          threadCount / seconds);
  }
  return "null";
}

#if defined(__x86_64__)

// Registers are named, so that nothing else is in the loop, and zero first:
// denormal operands may take longer.
#define CHAIN(op, r, n) op " %%" r "0, %%" r "1, %%" r n "\n"
#define KERNEL(name, features, op, r)                                          \
  __attribute__((target(features))) static void name() {                       \
    asm volatile("vzeroall" ::                                                 \
                     : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", \
                       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",      \
                       "xmm13", "xmm14", "xmm15");                             \
    for (int64_t i = 0; i < steps; ++i)                                        \
      asm volatile(CHAIN(op, r, "2") CHAIN(op, r, "3") CHAIN(op, r, "4")       \
                       CHAIN(op, r, "5") CHAIN(op, r, "6") CHAIN(op, r, "7")   \
                           CHAIN(op, r, "8") CHAIN(op, r, "9")                 \
                               CHAIN(op, r, "10") CHAIN(op, r, "11")           \
                                   CHAIN(op, r, "12") CHAIN(op, r, "13")::     \
                                       : "xmm2", "xmm3", "xmm4", "xmm5",       \
                                         "xmm6", "xmm7", "xmm8", "xmm9",       \
                                         "xmm10", "xmm11", "xmm12", "xmm13");  \
  }

KERNEL(fma512, "avx512f", "vfmadd231ps", "zmm")
KERNEL(fma256, "avx2,fma", "vfmadd231ps", "ymm")
KERNEL(vnni512, "avx512vnni", "vpdpbusd", "zmm")
KERNEL(vnni256, "avxvnni", "%{vex%} vpdpbusd", "ymm")
KERNEL(bf16512, "avx512bf16", "vdpbf16ps", "zmm")

/// Whether this process may use the matrix unit.
static bool hasTiles() {
  constexpr long request = 0x1023 /* ARCH_REQ_XCOMP_PERM */, tileData = 18;
  return __builtin_cpu_supports("amx-int8") &&
         __builtin_cpu_supports("amx-bf16") &&
         syscall(SYS_arch_prctl, request, tileData) == 0;
}

#define TILES(op, n) op " %%tmm6, %%tmm7, %%tmm" n "\n"
#define SIX_TILES(op)                                                          \
  TILES(op, "0")                                                               \
  TILES(op, "1") TILES(op, "2") TILES(op, "3") TILES(op, "4") TILES(op, "5")
#define TILE_KERNEL(name, features, op)                                        \
  __attribute__((target(features))) static void name() {                       \
    alignas(64) uint8_t shapes[64] = {1};                                      \
    for (int tile = 0; tile < 8; ++tile) {                                     \
      shapes[16 + 2 * tile] = 64;                                              \
      shapes[48 + tile] = 16;                                                  \
    }                                                                          \
    asm volatile("ldtilecfg %0" ::"m"(shapes));                                \
    for (int64_t i = 0; i < steps; ++i)                                        \
      asm volatile(SIX_TILES(op) SIX_TILES(op)::);                             \
    asm volatile("tilerelease");                                               \
  }

TILE_KERNEL(tilesOfBytes, "amx-tile,amx-int8", "tdpbssd")
TILE_KERNEL(tilesOfBf16, "amx-tile,amx-bf16", "tdpbf16ps")

static std::string fma() {
  return rate({{bool(__builtin_cpu_supports("avx512f")), fma512, 16 * 2},
               {__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"),
                fma256, 8 * 2}});
}

static std::string vnni() {
  return rate({{hasTiles(), tilesOfBytes, 16 * 16 * 64 * 2},
               {bool(__builtin_cpu_supports("avx512vnni")), vnni512, 64 * 2},
               {bool(__builtin_cpu_supports("avxvnni")), vnni256, 32 * 2}});
}

static std::string bf16() {
  return rate({{hasTiles(), tilesOfBf16, 16 * 16 * 32 * 2},
               {bool(__builtin_cpu_supports("avx512bf16")), bf16512, 32 * 2}});
}

#define WITH_WIDEST_VECTORS                                                    \
  __attribute__((target_clones("avx512f", "avx2", "default")))

#else

static std::string fma() { return "null"; }
static std::string vnni() { return "null"; }
static std::string bf16() { return "null"; }

#define WITH_WIDEST_VECTORS

#endif

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

WITH_WIDEST_VECTORS
uint64_t sumOf(const uint64_t *words, uint64_t count) {
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i)
    sum += words[i];
  return sum;
}

namespace {

/// Memory on huge pages, where the system grants them.
class Memory {
public:
  explicit Memory(uint64_t wanted) {
    constexpr uint64_t page = 2 * 1024 * 1024;
    slice = wanted / threadCount / page * page;
    void *mapped =
        mmap(nullptr, slice * threadCount + page, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (slice == 0 || mapped == MAP_FAILED) {
      std::fprintf(stderr, "probes: error: no memory to read\n");
      std::exit(1);
    }
    begin = reinterpret_cast<char *>(
        (reinterpret_cast<uintptr_t>(mapped) + page - 1) / page * page);
    madvise(begin, slice * threadCount, MADV_HUGEPAGE);
    bestOf(1, [&](unsigned thread) {
      uint64_t *words = wordsOf(thread);
      std::fill(words, words + slice / 8, 1);
    });
  }

  /// Bytes a second.
  double read() {
    std::vector<uint64_t> sums(threadCount * 16); // apart from each other
    double seconds = bestOf(2, [&](unsigned thread) {
      sums[thread * 16] = sumOf(wordsOf(thread), slice / 8);
    });
    // The sums are needed, or the loop would be removed.
    return sums[0] == slice / 8 ? double(slice) * threadCount / seconds : 0;
  }

private:
  uint64_t *wordsOf(unsigned thread) {
    return reinterpret_cast<uint64_t *>(begin + slice * thread);
  }

  uint64_t slice;
  char *begin;
};

} // namespace

int main(int argc, char **argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: probes THREADS BYTES\n");
    return 2;
  }
  threadCount = std::max(1, std::atoi(argv[1]));
  uint64_t bytes = std::strtoull(argv[2], nullptr, 10);
  Memory memory(bytes);
  while (std::getchar() != EOF) {
    std::printf("{\"fma\": %s, \"vnni\": %s, \"bf16\": %s, \"read\": %f}\n",
                fma().c_str(), vnni().c_str(), bf16().c_str(), memory.read());
    std::fflush(stdout);
  }
}
