//===- Signals.cpp - files, when a signal ends the process ----------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/Signals.h"

#include "support/Text.h"

#include <atomic>
#include <csignal>
#include <cstring>
#include <iterator>
#include <unistd.h>

namespace tenon {

namespace {

/// Written by threads, read by handlers: `size` is set last and cleared first.
struct Slot {
  std::atomic<bool> taken;
  std::atomic<char *> path;
  std::atomic<uintptr_t> begin;
  std::atomic<uint64_t> size; ///< Of the mapping; `unfinishedFile` for others.
};

constexpr uint64_t unfinishedFile = UINT64_MAX;
constexpr int endingSignals[] = {SIGINT, SIGTERM, SIGHUP};

} // namespace

static Slot slots[512];
static struct sigaction before[NSIG];

FileNote FileNote::take(const std::string &path, uintptr_t begin,
                        uint64_t size) {
  FileNote note;
  for (size_t i = 0; i < std::size(slots); ++i) {
    if (slots[i].taken.exchange(true))
      continue;
    slots[i].path = strdup(path.c_str());
    slots[i].begin = begin;
    slots[i].size = size;
    note.slot_ = static_cast<int>(i);
    break;
  }
  return note;
}

FileNote FileNote::unfinished(const std::string &path) {
  return take(path, 0, unfinishedFile);
}

FileNote FileNote::mapped(const std::string &path, const void *data,
                          uint64_t size) {
  return take(printable(path), reinterpret_cast<uintptr_t>(data), size);
}

FileNote::~FileNote() {
  if (slot_ == none)
    return;
  Slot &slot = slots[slot_];
  slot.size = 0;
  free(slot.path.exchange(nullptr));
  slot.taken = false;
}

//===----------------------------------------------------------------------===//
// Handlers: nothing but what signals allow
//===----------------------------------------------------------------------===//

static void removeUnfinished() {
  for (Slot &slot : slots)
    if (slot.size == unfinishedFile)
      if (char *path = slot.path)
        unlink(path);
}

static void handleEnd(int signal) {
  removeUnfinished();
  sigaction(signal, &before[signal], nullptr);
  raise(signal);
}

static void say(const char *text) {
  (void)!write(STDERR_FILENO, text, strlen(text));
}

static void handleBus(int signal, siginfo_t *info, void *) {
  auto address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (Slot &slot : slots) {
    uintptr_t begin = slot.begin;
    uint64_t size = slot.size;
    char *path = slot.path;
    if (!path || size == unfinishedFile || address < begin ||
        address - begin >= size)
      continue;
    removeUnfinished();
    say("tenon: error: ");
    say(path);
    say(": became shorter while it was read\n");
    _exit(1);
  }
  // Whatever else it is goes to the handler before: a fault by happening again.
  sigaction(signal, &before[signal], nullptr);
  if (info->si_code <= 0)
    raise(signal);
}

void handleSignals() {
  static std::atomic<bool> done;
  if (done.exchange(true))
    return;
  struct sigaction action{};
  action.sa_handler = handleEnd;
  sigemptyset(&action.sa_mask);
  for (int signal : endingSignals) {
    sigaction(signal, nullptr, &before[signal]);
    // Under nohup, say, it stays ignored.
    if (before[signal].sa_handler != SIG_IGN)
      sigaction(signal, &action, nullptr);
  }
  action.sa_flags = SA_SIGINFO;
  action.sa_sigaction = handleBus;
  sigaction(SIGBUS, &action, &before[SIGBUS]);
}

} // namespace tenon
