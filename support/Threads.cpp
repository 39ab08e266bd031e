//===- Threads.cpp - work for a few threads -------------------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Threads.h"

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

void tenon::runOnThreads(size_t threads, size_t count,
                         const std::function<bool(size_t)> &work) {
  std::atomic<size_t> next = 0;
  auto loop = [&] {
    for (size_t i; (i = next.fetch_add(1)) < count;)
      if (!work(i))
        next = count;
  };
  std::vector<std::thread> helpers;
  try {
    for (size_t i = 1; i < threads && i < count; ++i)
      helpers.emplace_back(loop);
  } catch (const std::system_error &) {
    // Those that there are do it.
  }
  loop();
  for (std::thread &helper : helpers)
    helper.join();
}
