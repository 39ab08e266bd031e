//===- SignalsTest.cpp - files, when a signal ends the process ------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tenon;

namespace {

/// How a process ends that does `work` with the handlers set, and what it says.
struct Ended {
  int status;
  std::string error;
};

Ended endOf(const TestFolder &folder, const std::function<void()> &work) {
  fflush(nullptr);
  pid_t child = fork();
  if (child == 0) {
    if (!freopen((folder / "stderr").c_str(), "w", stderr))
      _exit(2);
    // Sanitizers have a handler of their own.
    signal(SIGBUS, SIG_DFL);
    handleSignals();
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  auto error = readFile(folder / "stderr", 1 << 20);
  std::filesystem::remove(folder / "stderr");
  return {status, error ? without(folder, *error) : ""};
}

} // namespace

TEST(Signals, RemoveWhatIsUnfinished) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) {
    TestFolder folder;
    // Shells ignore SIGINT for what they run in the background.
    auto before = std::signal(signal, SIG_DFL);
    Ended ended = endOf(folder, [&] {
      std::string done = folder.write("done", ""), more = folder.write("m", "");
      FileNote::unfinished(done);
      FileNote first = FileNote::unfinished(folder.write("a", ""));
      FileNote moved = std::move(first);
      FileNote second;
      second = FileNote::unfinished(folder.write("b", ""));
      FileNote mapped = FileNote::mapped(more, &folder, 1);
      raise(signal);
    });
    std::signal(signal, before);
    ASSERT_TRUE(WIFSIGNALED(ended.status));
    EXPECT_EQ(WTERMSIG(ended.status), signal);
    EXPECT_EQ(ended.error, "");
    EXPECT_EQ(folder.files(), 2u);
    EXPECT_TRUE(std::filesystem::exists(folder / "done"));
  }
}

TEST(Signals, WhatIsIgnoredStaysSo) {
  TestFolder folder;
  signal(SIGHUP, SIG_IGN);
  Ended ended = endOf(folder, [] { raise(SIGHUP); });
  signal(SIGHUP, SIG_DFL);
  EXPECT_TRUE(WIFEXITED(ended.status));
}

TEST(Signals, FilesThatGetShorterAreNamed) {
  TestFolder folder;
  std::string path = folder.write("fi\nle", std::string(100'000, 'x'));
  Ended ended = endOf(folder, [&] {
    auto other = MappedFile::open(folder.write("other", "x"));
    auto mapped = MappedFile::open(path);
    FileNote note = FileNote::unfinished(folder.write("unfinished", ""));
    EXPECT_EQ(truncate(path.c_str(), 10), 0);
    volatile char c = mapped->text()[99'999];
    (void)c;
  });
  ASSERT_TRUE(WIFEXITED(ended.status)) << WTERMSIG(ended.status);
  EXPECT_EQ(WEXITSTATUS(ended.status), 1);
  EXPECT_EQ(ended.error,
            "tenon: error: fi\\x0ale: became shorter while it was read\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "unfinished"));
}

TEST(Signals, OtherFaultsStayFaults) {
  TestFolder folder;
  std::string path = folder.write("a", std::string(100'000, 'x'));
  for (bool raised : {true, false}) {
    Ended ended = endOf(folder, [&] {
      auto mapped = MappedFile::open(path);
      if (raised)
        raise(SIGBUS);
      // A mapping that nothing is known of.
      MappedFile unknown = std::move(*mapped);
      int file = open(path.c_str(), O_RDWR);
      auto *data = static_cast<volatile char *>(
          mmap(nullptr, 100'000, PROT_READ, MAP_SHARED, file, 0));
      EXPECT_EQ(ftruncate(file, 0), 0);
      (void)data[99'999];
    });
    ASSERT_TRUE(WIFSIGNALED(ended.status));
    EXPECT_EQ(WTERMSIG(ended.status), SIGBUS);
    EXPECT_EQ(ended.error, "");
  }
}

TEST(Signals, ManyNotesAreNoHarm) {
  std::vector<FileNote> notes;
  for (int i = 0; i < 2000; ++i)
    notes.push_back(FileNote::unfinished("x"));
}

TEST(File, ChangesShow) {
  TestFolder folder;
  std::string path = folder.write("a", "one");
  auto mapped = MappedFile::open(path);
  EXPECT_TRUE(mapped->checkUnchanged(path).isOk());
  folder.write("a", "two");
  EXPECT_EQ(without(folder, mapped->checkUnchanged(path).message()),
            "a: has changed while it was read");
  std::filesystem::remove(path);
  EXPECT_FALSE(mapped->checkUnchanged(path).isOk());
}
