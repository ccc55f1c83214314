// Reading files that were written line by line and may have lost the end of their last line when the machine
// failed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace cellsweep {

// The content of a file of lines, from a folder that a program fills: a symbolic link is refused. Throws
// UserError when it cannot be read.
inline std::string read_lines(const std::filesystem::path& path) {
  constexpr std::uint64_t largest = std::uint64_t{1} << 30;
  return read_file(path, largest, Links::refused);
}

// Calls parse(line) for each line of `content` that is not empty. What `parse` throws becomes a UserError
// "path:line: what", except on a last line without a line end: that one was cut off, and is passed over.
template <class Parse>
void parse_lines(const std::filesystem::path& path, std::string_view content, Parse parse) {
  std::size_t number = 1;
  for (std::size_t begin = 0; begin < content.size(); ++number) {
    const std::size_t end = content.find('\n', begin);
    const bool whole = end != std::string::npos;
    const std::string_view line = content.substr(begin, whole ? end - begin : std::string::npos);
    try {
      if (!line.empty()) parse(line);
    } catch (const std::exception& problem) {
      if (whole) throw UserError(path.string() + ":" + std::to_string(number) + ": " + problem.what());
    }
    begin = whole ? end + 1 : content.size();
  }
}

}  // namespace cellsweep
