// A fuzzer's input as the files that a reader opens. A broken reader ends the process: the sanitizers see to
// it, or an exception that is no UserError.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace cellsweep::fuzz {

inline void require(bool condition) {
  if (!condition) std::abort();
}

// A file without a folder. It is the same file for all inputs, as making one takes longer than reading it.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("input", MFD_CLOEXEC)) { require(descriptor_ >= 0); }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  // From now on it holds `content` and nothing else.
  void write(std::string_view content) const {
    const auto size = static_cast<ssize_t>(content.size());
    require(pwrite(descriptor_, content.data(), content.size(), 0) == size &&
            ftruncate(descriptor_, size) == 0);
  }

 private:
  int descriptor_;
};

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// What stands before and after the first line "--": two files of one input.
inline std::pair<std::string_view, std::string_view> two_files(std::string_view input) {
  constexpr std::string_view cut = "\n--\n";
  const std::size_t end = input.find(cut);
  if (end == std::string_view::npos) return {input, {}};
  return {input.substr(0, end), input.substr(end + cut.size())};
}

// Calls read(); a UserError is what a bad file is to give. True if there was none.
template <class Read>
bool reads(Read read) {
  try {
    read();
    return true;
  } catch (const UserError&) {
    return false;
  }
}

}  // namespace cellsweep::fuzz
