//===- File.h - reading, mapping and writing files --------------*- C++ -*-===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Every error is Status::invalid with the path as `where`.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_SUPPORT_FILE_H
#define TENON_SUPPORT_FILE_H

#include "support/Signals.h"
#include "support/Status.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tenon {

/// What an errno value means: `No such file or directory`.
std::string errorText(int error);

/// An open file, closed by the destructor.
class FileDescriptor {
public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor &&other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor &operator=(FileDescriptor &&other) noexcept;
  ~FileDescriptor() { close(); }

  /// Opens for reading; a directory or a device is an error.
  static Result<FileDescriptor> open(const std::string &path);

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void close();

private:
  int fd_ = -1;
};

/// The size in bytes of an open file.
Result<uint64_t> fileSize(const FileDescriptor &file, const std::string &path);

/// What shows, without reading a file, that it is another one or has changed.
struct FileState {
  uint64_t device = 0, inode = 0, size = 0;
  int64_t seconds = 0, nanoseconds = 0; ///< When it was last written.

  bool operator==(const FileState &) const = default;
};

/// Of a file by its name.
Result<FileState> fileState(const std::string &path);

/// A part of a file, mapped read-only; unmapped by the destructor.
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept { *this = std::move(other); }
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  /// Maps a whole file.
  static Result<MappedFile> open(const std::string &path);
  /// Maps `size` bytes from `offset` (a multiple of the page size), which must
  /// lie in the file.
  static Result<MappedFile> map(const FileDescriptor &file,
                                const std::string &path, uint64_t offset,
                                uint64_t size);

  std::span<const uint8_t> bytes() const { return {data_, size_}; }
  std::string_view text() const {
    return {reinterpret_cast<const char *>(data_), size_};
  }
  uint64_t size() const { return size_; }
  /// Fails unless the file of this name is still as it was when this was made.
  Status checkUnchanged(const std::string &path) const;

private:
  const uint8_t *data_ = nullptr;
  uint64_t size_ = 0;
  FileState state_;
  FileNote note_;
};

/// The contents of a file (or pipe) of at most `maxSize` bytes.
Result<std::string> readFile(const std::string &path, uint64_t maxSize);

/// A file that appears under its name only when it is complete. It is written
/// without a name where the file system can do that, so that not even a killed
/// process leaves anything behind; else under a name beside the final one.
/// `writeAt` may be called from several threads at once, all else from one.
class AtomicFile {
public:
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  /// Discards what commit() hasn't put in place.
  ~AtomicFile();

  /// Fails if the folder can't be written, or if `path` is there and isn't a
  /// regular file. A symbolic link is followed.
  static Result<AtomicFile> create(const std::string &path);

  const std::string &path() const { return path_; }
  const FileDescriptor &descriptor() const { return file_; }

  /// Writes behind what this call wrote before.
  Status write(std::string_view bytes);
  Status writeAt(uint64_t offset, std::string_view bytes);
  /// Sets the size in bytes and reserves the space, so that a full disk is
  /// found at once.
  Status reserve(uint64_t size);
  /// Puts the file in place, over one that is there.
  Status commit();

private:
  AtomicFile(std::string path, std::string target, FileDescriptor file)
      : path_(std::move(path)), target_(std::move(target)),
        file_(std::move(file)) {}
  Status failure(int error) const;

  std::string path_;   ///< As given.
  std::string target_; ///< Symbolic links resolved.
  FileDescriptor file_;
  std::string temporary_; ///< Empty while the file has no name.
  FileNote note_;         ///< Of that name.
  uint64_t position_ = 0;
};

/// Writes a whole file atomically.
Status writeFile(const std::string &path, std::string_view contents);

/// Makes a folder and those above it.
Status createFolders(const std::string &path);

} // namespace tenon

#endif // TENON_SUPPORT_FILE_H
