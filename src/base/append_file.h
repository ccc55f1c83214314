// Files that grow line by line.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/descriptor.h"

namespace cellsweep {

// A file that grows at the end of what it has. It is made if it is not there. A symbolic link of its name
// is not followed. A line is written in one call, so a reader never sees half of one unless this process
// is killed. Not thread-safe. Failures are Errors that name the path, of the kind that fail_to_write() gives.
class AppendFile {
 public:
  explicit AppendFile(std::filesystem::path path);

  // Writes `line` and a line end. `line` has no line end of its own.
  void append(std::string_view line);
  // Returns when all lines are on the disk.
  void sync();
  // Removes what follows the last line end: a line that its writer did not finish.
  void drop_torn_line();
  // Locks the file until this is destroyed. False if another process has locked it.
  bool lock();

 private:
  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace cellsweep
