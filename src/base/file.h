// Files that are either whole or not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace cellsweep {

// The bytes of a file. Throws UserError when it cannot be read, or is larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit);

// A file that appears under its name only when it is complete: it is written under a temporary name in the
// same folder, and commit() flushes it to the disk and renames it. Destroyed without commit(), it leaves
// nothing behind. Not thread-safe. Every failure is an Error that names the path; a full disk or quota is a
// UserError.
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
  int descriptor_ = -1;
};

// Shorthand for one AtomicFile with this content.
void write_file(const std::filesystem::path& path, std::string_view text);

// A file that grows line by line, at the end of what it has. A line is written in one call, so a reader never
// sees half of one unless this process dies. Not thread-safe. Failures are Errors that name the path; a full
// disk or quota is a UserError.
class AppendFile {
 public:
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // Writes `line` and a line end. `line` has no line end of its own.
  void append(std::string_view line);
  // Returns when all lines are on the disk.
  void sync();
  // Takes away what follows the last line end: a line that its writer did not live to finish.
  void drop_torn_line();
  // Nobody else has the file to himself from now on until this is destroyed. False where somebody has.
  bool lock();

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace cellsweep
