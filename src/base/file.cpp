#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace cellsweep {
namespace {

std::string reason() {
  return std::generic_category().message(errno);
}

// A full disk or quota is the user's to mend; every other failed write is not.
[[noreturn]] void fail_to_write(const std::filesystem::path& path, const std::string& what) {
  const int code = errno;
  const std::string message = path.string() + ": " + what + ": " + reason();
  if (code == ENOSPC || code == EDQUOT)
    throw UserError(message + "; make room there, or choose another folder (--output)");
  throw Error(message);
}

void write_all(int descriptor, const char* data, std::size_t size, const std::filesystem::path& path) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path, "cannot write");
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// A rename is durable only once the folder that holds the name is.
void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t limit) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw UserError(path.string() + ": cannot open: " + reason());
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) throw UserError(path.string() + ": cannot read: " + reason());
  if (!S_ISREG(status.st_mode)) throw UserError(path.string() + ": is not a regular file");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit)
    throw UserError(path.string() + ": has " + std::to_string(size) + " bytes, more than the " +
                    std::to_string(limit) + " that are permitted here");
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(descriptor, content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw UserError(path.string() + ": cannot read: " + reason());
    if (got == 0) throw UserError(path.string() + ": became shorter while it was read");
    done += static_cast<std::size_t>(got);
  }
  return content;
}

AtomicFile::AtomicFile(std::filesystem::path path)
    : path_(std::move(path)), temporary_(path_.string() + ".XXXXXX") {
  std::string name = temporary_.string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail_to_write(path_, "cannot create");
  temporary_ = name;
  ::fchmod(descriptor_, 0644);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_all(descriptor_, reinterpret_cast<const char*>(bytes.data()), bytes.size(), path_);
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text)));
}

void AtomicFile::sync() {
  if (::fsync(descriptor_) != 0) fail_to_write(path_, "cannot write to the disk");
}

void AtomicFile::commit() {
  sync();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_to_write(path_, "cannot rename into place");
  ::close(std::exchange(descriptor_, -1));
  sync_folder(path_);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (descriptor_ < 0) fail_to_write(path_, "cannot open for writing");
}

AppendFile::~AppendFile() {
  ::close(descriptor_);
}

void AppendFile::append(std::string_view line) {
  const std::string whole = std::string(line) + '\n';
  write_all(descriptor_, whole.data(), whole.size(), path_);
}

void AppendFile::sync() {
  if (::fsync(descriptor_) != 0) fail_to_write(path_, "cannot write to the disk");
}

void AppendFile::drop_torn_line() {
  off_t end = ::lseek(descriptor_, 0, SEEK_END);
  char last = '\0';
  while (end > 0 && ::pread(descriptor_, &last, 1, end - 1) == 1 && last != '\n') --end;
  if (::ftruncate(descriptor_, end) != 0) fail_to_write(path_, "cannot cut off a torn line");
}

bool AppendFile::lock() {
  return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace cellsweep
