//===- FileTest.cpp - reading, mapping and writing files ------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace tenon;

TEST(File, ReadsWhatWasWritten) {
  TestFolder folder;
  std::string path = folder.write("a", "hello");
  EXPECT_EQ(*readFile(path, 5), "hello");
  EXPECT_EQ(MappedFile::open(path)->text(), "hello");
  EXPECT_EQ(without(folder, readFile(path, 4).status().message()),
            "a: is larger than 4 B");
}

TEST(File, EmptyFilesMap) {
  TestFolder folder;
  EXPECT_EQ(MappedFile::open(folder.write("a", ""))->size(), 0u);
}

TEST(File, ErrorsNameThePath) {
  TestFolder folder;
  auto message = [&](const std::string &name) {
    return without(folder, MappedFile::open(folder / name).status().message());
  };
  EXPECT_EQ(message("none"),
            "none: can't be opened: No such file or directory");
  mkdir((folder / "dir").c_str(), 0777);
  EXPECT_EQ(message("dir"), "dir: is a directory");
  mkfifo((folder / "pipe").c_str(), 0666);
  EXPECT_EQ(message("pipe"), "pipe: isn't a regular file");
}

TEST(File, MapStaysInside) {
  TestFolder folder;
  std::string path = folder.write("a", std::string(5000, 'x'));
  auto file = FileDescriptor::open(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(MappedFile::map(*file, path, 4096, 904)->text(),
            std::string(904, 'x'));
  EXPECT_EQ(without(folder,
                    MappedFile::map(*file, path, 4096, 905).status().message()),
            "a: has 5,000 bytes, but 905 are needed from byte 4,096");
  EXPECT_FALSE(MappedFile::map(*file, path, UINT64_MAX, 2));
}

TEST(AtomicFile, NothingIsLeftWithoutCommit) {
  TestFolder folder;
  {
    auto file = AtomicFile::create(folder / "out");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->write("half").isOk());
  }
  EXPECT_EQ(folder.files(), 0u);
}

TEST(AtomicFile, NothingIsLeftByAKilledProcess) {
  TestFolder folder;
  pid_t child = fork();
  if (!child) {
    auto file = AtomicFile::create(folder / "out");
    (void)file->write("half");
    raise(SIGKILL);
  }
  int status;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(folder.files(), 0u);
}

TEST(AtomicFile, ReplacesAndFollowsLinks) {
  TestFolder folder;
  folder.write("target", "old");
  ASSERT_EQ(symlink("target", (folder / "link").c_str()), 0);
  ASSERT_TRUE(writeFile(folder / "link", "new").isOk());
  EXPECT_EQ(*readFile(folder / "target", 10), "new");
  struct stat info;
  ASSERT_EQ(lstat((folder / "link").c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
  EXPECT_EQ(folder.files(), 2u);
}

TEST(AtomicFile, RefusesWhatIsNoFile) {
  TestFolder folder;
  auto message = [&](const std::string &path) {
    return without(folder, AtomicFile::create(path).status().message());
  };
  EXPECT_EQ(message("/dev/null"),
            "/dev/null: can't be replaced: it isn't a regular file");
  EXPECT_EQ(message(folder.path() + "/"), ": can't be written: is a directory");
  EXPECT_EQ(message(folder / "no/out"),
            "no/out: can't be written: No such file or directory");
}

TEST(AtomicFile, FullDiskIsOneError) {
  TestFolder folder;
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  Status status = file->reserve(uint64_t(1) << 60);
  EXPECT_FALSE(status.isOk());
  EXPECT_TRUE(status.message().find("can't be written: ") != std::string::npos);
}

TEST(AtomicFile, ScatteredWrites) {
  TestFolder folder;
  auto file = AtomicFile::create(folder / "out");
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->reserve(6).isOk());
  ASSERT_TRUE(file->writeAt(4, "ef").isOk());
  ASSERT_TRUE(file->writeAt(0, "ab").isOk());
  ASSERT_TRUE(file->commit().isOk());
  EXPECT_EQ(*readFile(folder / "out", 10), std::string("ab\0\0ef", 6));
}
