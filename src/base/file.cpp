#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>

#include "base/error.h"
#include "base/folder.h"

namespace cellsweep {
namespace {

std::string random_letters() {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device device;
  std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
  std::string text;
  while (text.size() < temporary_letters) text += letters[any(device)];
  return text;
}

}  // namespace

std::string read_file(const std::filesystem::path& path, std::uint64_t limit, Links links) {
  const Descriptor file = open_to_read(path, links);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw UserError(path.string() + ": cannot read: " + system_reason());
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit)
    throw UserError(path.string() + ": has " + std::to_string(size) + " bytes, more than the " +
                    std::to_string(limit) + " that are permitted here");
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + done, content.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw UserError(path.string() + ": cannot read: " + system_reason());
    if (got == 0) throw UserError(path.string() + ": became shorter while it was read");
    done += got;
  }
  return content;
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  struct stat before {};
  const bool replaces = ::lstat(path_.c_str(), &before) == 0 && S_ISREG(before.st_mode);
  constexpr mode_t for_all = 0666;  // of which umask takes away
  do {
    temporary_ = path_.string() + std::string(temporary_mark) + random_letters();
    file_ = Descriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, for_all));
  } while (!file_.is_open() && errno == EEXIST);
  if (!file_.is_open()) fail_to_write(path_, "cannot create");
  if (replaces) ::fchmod(file_.get(), before.st_mode & 0777);
}

AtomicFile::~AtomicFile() {
  if (file_.is_open()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_all(file_.get(), reinterpret_cast<const char*>(bytes.data()), bytes.size(), path_);
}

void AtomicFile::write(std::string_view text) {
  write(std::as_bytes(std::span(text)));
}

void AtomicFile::sync() {
  if (::fsync(file_.get()) != 0) fail_to_write(path_, "cannot write to the disk");
}

void AtomicFile::commit() {
  sync();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_to_write(path_, "cannot rename into place");
  file_.close();
  sync_folder_of(path_);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace cellsweep
