// Open files of the system, and what reading and writing them have in common.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>

namespace cellsweep {

// A file descriptor, closed when this is destroyed. Not thread-safe.
class Descriptor {
 public:
  // Takes a descriptor over; negative: none.
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  int get() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void close();

 private:
  int number_;
};

// Whether a symbolic link in the place of a file is followed. In folders that a program fills, a link was put
// there by somebody else, and leads wherever that person likes.
enum class Links { followed, refused };

// A regular file, open for reading. Never waits, as opening a FIFO would, and never touches a device. Throws
// UserError that names the path. Thread-safe.
Descriptor open_to_read(const std::filesystem::path& path, Links links = Links::followed);

// Writes all of it. Throws as fail_to_write(). Thread-safe for different files.
void write_all(int descriptor, const char* data, std::size_t size, const std::filesystem::path& path);

// Throws an Error "path: what: the reason in errno". A full disk or quota, or a place that may not be
// written to, is a StorageError; a link if none is followed is a UserError.
[[noreturn]] void fail_to_write(const std::filesystem::path& path, const std::string& what);

// The reason in errno, in words.
std::string system_reason();

}  // namespace cellsweep
