// A file of numbers, plain or gzip-compressed, that is not trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace cellsweep::data {

// Reads a file from front to back. Offsets count the bytes after decompression. Not thread-safe.
// Every failure is a UserError that names the file and the byte offset.
class InputFile {
 public:
  // Opens a regular file, compressed or not by its content.
  explicit InputFile(std::filesystem::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::string name() const { return path_.string(); }
  std::uint64_t offset() const { return offset_; }
  // Whether the file is gzip-compressed, so that what it holds is known only once it is read.
  bool compressed() const { return compressed_; }

  // Fills `out` completely.
  void read(std::span<std::byte> out);

  // The element count of an array of this shape that should fill the rest of the file. Fails if a
  // dimension is not positive, the size overflows, or the file cannot hold exactly so much, so that nothing
  // is allocated because of a wrong header. `header` is the offset that a message about the shape names.
  std::uint64_t expect_array(std::span<const std::int64_t> shape, std::size_t item_size,
                             std::uint64_t header) const;

  // Fails unless every byte has been read (and, of a compressed file, its checksum holds).
  void expect_end();

  // Throws a UserError about what stands at `offset`.
  [[noreturn]] void fail(std::uint64_t offset, const std::string& what) const;

 private:
  [[noreturn]] void fail_read() const;

  std::filesystem::path path_;
  void* stream_ = nullptr;  // zlib's gzFile
  std::uint64_t size_ = 0;  // on disk
  std::uint64_t offset_ = 0;
  bool compressed_ = false;
};

}  // namespace cellsweep::data
