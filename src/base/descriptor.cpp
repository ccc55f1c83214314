#include "base/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "base/relative_path.h"

namespace cellsweep {

void Descriptor::close() {
  if (is_open()) ::close(std::exchange(number_, -1));
}

std::string system_reason() {
  return std::generic_category().message(errno);
}

Descriptor open_to_read(const std::filesystem::path& path, Links links) {
  const auto fail = [&](const std::string& why) { throw UserError(path.string() + ": " + why); };
  struct stat status {};
  // Some devices do something as soon as they are opened.
  if ((links == Links::followed ? ::stat : ::lstat)(path.c_str(), &status) != 0) {
    const bool is_missing = errno == ENOENT;
    fail("cannot open: " + system_reason() + (is_missing ? working_directory_note(path) : ""));
  }
  if (S_ISLNK(status.st_mode)) fail("is a symbolic link, which is not followed here");
  if (!S_ISREG(status.st_mode)) fail("is not a regular file");
  // By now it may be another file.
  const int follow = links == Links::followed ? 0 : O_NOFOLLOW;
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | follow));
  if (!file.is_open()) fail("cannot open: " + system_reason());
  if (::fstat(file.get(), &status) != 0) fail("cannot read: " + system_reason());
  if (!S_ISREG(status.st_mode)) fail("is not a regular file");
  return file;
}

void write_all(int descriptor, const char* data, std::size_t size, const std::filesystem::path& path) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path, "cannot write");
    data += written;
    size -= written;
  }
}

void fail_to_write(const std::filesystem::path& path, const std::string& what) {
  const int code = errno;
  const std::string message = path.string() + ": " + what + ": " + system_reason();
  if (code == ENOSPC || code == EDQUOT)
    throw StorageError(message + "; make room there, or choose another folder (--output)");
  if (code == EACCES || code == EPERM || code == EROFS)
    throw StorageError(message + "; make it writable, or choose another folder (--output)");
  if (code == ELOOP) throw UserError(message + "; no symbolic link is followed here");
  throw Error(message);
}

}  // namespace cellsweep
