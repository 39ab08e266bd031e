//===- File.cpp - reading, mapping and writing files ----------------------===//
//
// Part of the Tenon project, under the Apache License v2.0.
// SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "support/File.h"

#include "support/Text.h"
#include "support/Units.h"

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/mman.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tenon {

std::string errorText(int error) {
  return std::generic_category().message(error);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

FileDescriptor &FileDescriptor::operator=(FileDescriptor &&other) noexcept {
  if (this != &other) {
    close();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

void FileDescriptor::close() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

/// A path that is empty is shown as such.
static Status cantOpen(const std::string &path, int error) {
  return Status::invalid(path.empty() ? "''" : path,
                         "can't be opened: " + errorText(error));
}

Result<FileDescriptor> FileDescriptor::open(const std::string &path) {
  // O_NONBLOCK: opening a pipe without a writer must fail below, not hang.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file)
    return cantOpen(path, errno);
  struct stat info;
  if (fstat(file.get(), &info))
    return Status::invalid(path, "can't be read: " + errorText(errno));
  if (S_ISDIR(info.st_mode))
    return Status::invalid(path, "is a directory");
  if (!S_ISREG(info.st_mode))
    return Status::invalid(path, "isn't a regular file");
  return file;
}

Result<uint64_t> fileSize(const FileDescriptor &file, const std::string &path) {
  struct stat info;
  if (fstat(file.get(), &info))
    return Status::invalid(path, "can't be read: " + errorText(errno));
  return static_cast<uint64_t>(info.st_size);
}

static FileState stateOf(const struct stat &info) {
  return {info.st_dev, info.st_ino, static_cast<uint64_t>(info.st_size),
          info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

Result<FileState> fileState(const std::string &path) {
  struct stat info;
  if (stat(path.c_str(), &info))
    return Status::invalid(path, "can't be read: " + errorText(errno));
  return stateOf(info);
}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(state_, other.state_);
  std::swap(note_, other.note_);
  return *this;
}

MappedFile::~MappedFile() {
  if (size_)
    munmap(const_cast<uint8_t *>(data_), size_);
}

Result<MappedFile> MappedFile::open(const std::string &path) {
  TENON_ASSIGN_OR_RETURN(FileDescriptor file, FileDescriptor::open(path));
  TENON_ASSIGN_OR_RETURN(uint64_t size, fileSize(file, path));
  return map(file, path, 0, size);
}

Result<MappedFile> MappedFile::map(const FileDescriptor &file,
                                   const std::string &path, uint64_t offset,
                                   uint64_t size) {
  struct stat info;
  if (fstat(file.get(), &info))
    return Status::invalid(path, "can't be read: " + errorText(errno));
  uint64_t end = static_cast<uint64_t>(info.st_size);
  if (offset > end || size > end - offset)
    return Status::invalid(path, concat("has ", grouped(end), " bytes, but ",
                                        grouped(size), " are needed from byte ",
                                        grouped(offset)));
  MappedFile mapped;
  mapped.state_ = stateOf(info);
  // A mapping of no bytes is an error of mmap, but fine here.
  if (!size)
    return mapped;
  void *data = mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(),
                    static_cast<off_t>(offset));
  if (data == MAP_FAILED)
    return Status::invalid(path, "can't be mapped: " + errorText(errno));
  mapped.data_ = static_cast<const uint8_t *>(data);
  mapped.size_ = size;
  mapped.note_ = FileNote::mapped(path, data, size);
  return mapped;
}

Status MappedFile::checkUnchanged(const std::string &path) const {
  Result<FileState> now = fileState(path);
  if (now && *now == state_)
    return Status::ok();
  return Status::invalid(path, "has changed while it was read");
}

Result<std::string> readFile(const std::string &path, uint64_t maxSize) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return cantOpen(path, errno);
  std::string contents;
  constexpr size_t step = 64 * 1024;
  while (true) {
    size_t size = contents.size();
    contents.resize(size + step);
    ssize_t count = ::read(file.get(), contents.data() + size, step);
    if (count < 0 && errno == EINTR)
      count = 0;
    else if (count < 0)
      return Status::invalid(path, "can't be read: " + errorText(errno));
    else if (count == 0) {
      contents.resize(size);
      return contents;
    }
    contents.resize(size + static_cast<size_t>(count));
    if (contents.size() > maxSize)
      return Status::invalid(path,
                             concat("is larger than ", humanSize(maxSize)));
  }
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

/// A name beside `target` that no other process or call uses.
static std::string temporaryName(const std::string &target) {
  static std::atomic<unsigned> counter;
  std::filesystem::path path(target);
  std::string name = concat(".", path.filename().string(), ".", getpid(), "-",
                            counter.fetch_add(1));
  return (path.parent_path() / name).string();
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path_(std::move(other.path_)), target_(std::move(other.target_)),
      file_(std::move(other.file_)),
      temporary_(std::exchange(other.temporary_, {})),
      note_(std::move(other.note_)), position_(other.position_) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty())
    unlink(temporary_.c_str());
}

Status AtomicFile::failure(int error) const {
  return Status::invalid(path_, "can't be written: " + errorText(error));
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  std::string target = path;
  if (char *resolved = realpath(path.c_str(), nullptr)) {
    target = resolved;
    free(resolved);
  }
  auto failed = [&](int error) {
    return Status::invalid(path, "can't be written: " + errorText(error));
  };
  struct stat info;
  if (!stat(target.c_str(), &info) && !S_ISREG(info.st_mode))
    return S_ISDIR(info.st_mode)
               ? Status::invalid(path, "can't be written: is a directory")
               : Status::invalid(path, "can't be replaced: it isn't a regular "
                                       "file");
  std::string folder = std::filesystem::path(target).parent_path().string();
  if (folder.empty())
    folder = ".";
  int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd >= 0)
    return AtomicFile(path, target, FileDescriptor(fd));
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
    return failed(errno);
  std::string temporary = temporaryName(target);
  FileNote note = FileNote::unfinished(temporary);
  fd = ::open(temporary.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
  if (fd < 0)
    return failed(errno);
  AtomicFile file(path, target, FileDescriptor(fd));
  file.temporary_ = temporary;
  file.note_ = std::move(note);
  return file;
}

Status AtomicFile::write(std::string_view bytes) {
  TENON_RETURN_IF_ERROR(writeAt(position_, bytes));
  position_ += bytes.size();
  return Status::ok();
}

Status AtomicFile::writeAt(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t count = pwrite(file_.get(), bytes.data(), bytes.size(),
                           static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return failure(errno);
    offset += static_cast<uint64_t>(count);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return Status::ok();
}

Status AtomicFile::reserve(uint64_t size) {
  if (ftruncate(file_.get(), static_cast<off_t>(size)))
    return failure(errno);
  // Not posix_fallocate: where the file system can't reserve, that writes every
  // block. Such a file system finds a full disk later.
  if (size && fallocate(file_.get(), 0, 0, static_cast<off_t>(size)) &&
      errno != EOPNOTSUPP && errno != EINTR)
    return failure(errno);
  return Status::ok();
}

Status AtomicFile::commit() {
  if (temporary_.empty()) {
    std::string name = temporaryName(target_);
    std::string open = concat("/proc/self/fd/", file_.get());
    note_ = FileNote::unfinished(name);
    if (linkat(AT_FDCWD, open.c_str(), AT_FDCWD, name.c_str(),
               AT_SYMLINK_FOLLOW))
      return failure(errno);
    temporary_ = name;
  }
  if (rename(temporary_.c_str(), target_.c_str()))
    return failure(errno);
  temporary_.clear();
  note_ = FileNote();
  return Status::ok();
}

Status writeFile(const std::string &path, std::string_view contents) {
  TENON_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  TENON_RETURN_IF_ERROR(file.write(contents));
  return file.commit();
}

Status createFolders(const std::string &path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error)
    return Status::invalid(path, "can't be made: " + error.message());
  return Status::ok();
}

} // namespace tenon
