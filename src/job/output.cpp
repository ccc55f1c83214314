#include "job/output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"

namespace cellsweep::job {
namespace {

// Opening does not wait for a pipe's reader, but writing waits for one that is slow.
void write_through(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) fail_to_write(path, "cannot open for writing");
  ::fcntl(file.get(), F_SETFL, ::fcntl(file.get(), F_GETFL) & ~O_NONBLOCK);
  write_all(file.get(), text.data(), text.size(), path);
}

}  // namespace

std::filesystem::path make_sweep_directory(const std::filesystem::path& parent, const std::string& name) {
  const auto fail = [](const std::filesystem::path& path, const std::string& why) {
    throw UserError(path.string() + ": cannot be written to: " + why + "; name another folder with --output");
  };
  try {
    make_folders(parent);
  } catch (const UserError& error) {
    throw UserError(std::string(error.what()) + "; name another folder with --output");
  }
  std::error_code error;
  for (int number = 1;; ++number) {
    const auto path = parent / (number == 1 ? name : name + "-" + std::to_string(number));
    const bool is_new = std::filesystem::create_directory(path, error);
    if (error) fail(path, error.message());
    if (!is_new) continue;
    sync_folder_of(path);
    return path;
  }
}

void write_result(const std::filesystem::path& path, std::string_view text) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (std::filesystem::is_symlink(path))
      throw UserError(path.string() +
                      ": is a symbolic link to a file that is not there; remove it, or name the file");
    return write_file(path, text);
  }
  if (S_ISREG(status.st_mode)) return write_file(std::filesystem::canonical(path), text);
  if (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)) return write_through(path, text);
  throw UserError(path.string() + ": is no file; name one, in a folder that is there");
}

}  // namespace cellsweep::job
