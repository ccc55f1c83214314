// Files that are either whole or not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace cellsweep {

// The bytes of a regular file. Throws UserError when it cannot be read, or is larger than `limit` bytes.
// Never waits: anything else than a regular file is refused at once. Thread-safe.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit, Links links = Links::followed);

// A file that appears under its name only when it is complete: it is written under a temporary name in the
// same folder, and commit() flushes it to the disk and renames it. Destroyed without commit(), it leaves
// nothing behind; a process that is killed leaves the temporary file (see base/folder.h). A new file has the
// permissions that umask leaves, one that takes the place of another has that one's. What is renamed over is
// the name itself: a symbolic link of that name is replaced, and is not followed. Not thread-safe. Every
// failure is an Error that names the path, of the kind that fail_to_write() gives.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  // All that was written is on the disk, so that commit() takes no time.
  void sync();
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  Descriptor file_;
};

// Between a file's name and six random letters or digits, in the name of a temporary file.
inline constexpr std::string_view temporary_mark = ".partial-";
inline constexpr std::size_t temporary_letters = 6;

// Shorthand for one AtomicFile with this content.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace cellsweep
