#include "base/append_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

namespace cellsweep {

AppendFile::AppendFile(std::filesystem::path path)
    : path_(std::move(path)),
      file_(::open(path_.c_str(),
                   O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0666)) {
  if (!file_.is_open()) fail_to_write(path_, "cannot open for writing");
}

void AppendFile::append(std::string_view line) {
  const std::string whole = std::string(line) + '\n';
  write_all(file_.get(), whole.data(), whole.size(), path_);
}

void AppendFile::sync() {
  if (::fsync(file_.get()) != 0) fail_to_write(path_, "cannot write to the disk");
}

void AppendFile::drop_torn_line() {
  std::string block(std::size_t{1} << 16, '\0');
  const off_t size = ::lseek(file_.get(), 0, SEEK_END);
  for (off_t end = size; end > 0;) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(block.size()));
    block.resize(end - begin);
    if (::pread(file_.get(), block.data(), block.size(), begin) != std::ssize(block))
      fail_to_write(path_, "cannot look for a torn line");
    const std::size_t last = block.rfind('\n');
    end = last == std::string::npos ? begin : begin + static_cast<off_t>(last) + 1;
    if (end == size) return;
    if (last == std::string::npos && begin > 0) continue;
    if (::ftruncate(file_.get(), end) != 0) fail_to_write(path_, "cannot cut off a torn line");
    return;
  }
}

bool AppendFile::lock() {
  return ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace cellsweep
