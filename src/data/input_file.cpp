#include "data/input_file.h"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/relative_path.h"

namespace cellsweep::data {
namespace {

// Deflate makes at most 1032 bytes of one (zlib's technical notes, "Maximum Compression Factor").
constexpr std::uint64_t max_expansion = 1032;

gzFile as_gz(void* stream) {
  return static_cast<gzFile>(stream);
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text;
  for (const auto dimension : shape) text += (text.empty() ? "" : " x ") + std::to_string(dimension);
  return text;
}

}  // namespace

InputFile::InputFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  const auto status = std::filesystem::status(path_, error);
  if (!std::filesystem::exists(status))
    throw UserError(path_.string() + ": cannot open: " + error.message() + working_directory_note(path_));
  if (!std::filesystem::is_regular_file(status)) throw UserError(path_.string() + ": is not a regular file");
  size_ = std::filesystem::file_size(path_, error);
  if (error) throw UserError(path_.string() + ": cannot read: " + error.message());
  errno = 0;
  stream_ = gzopen(path_.c_str(), "rbe");
  if (stream_ == nullptr)
    throw UserError(path_.string() + ": cannot open: " + std::generic_category().message(errno));
  gzbuffer(as_gz(stream_), 1u << 16);
  compressed_ = gzdirect(as_gz(stream_)) == 0;
}

InputFile::~InputFile() {
  gzclose_r(as_gz(stream_));
}

void InputFile::read(std::span<std::byte> out) {
  const std::uint64_t wanted = offset_ + out.size();
  while (!out.empty()) {
    const auto part = static_cast<unsigned>(std::min<std::size_t>(out.size(), 1u << 30));
    const int got = gzread(as_gz(stream_), out.data(), part);
    if (got < 0) fail_read();
    offset_ += static_cast<std::uint64_t>(got);
    out = out.subspan(got);
    if (got == 0)
      fail(offset_, "the file ends here, but at least " + std::to_string(wanted) +
                        " bytes are needed: it is truncated");
  }
}

std::uint64_t InputFile::expect_array(std::span<const std::int64_t> shape, std::size_t item_size,
                                      std::uint64_t header) const {
  std::uint64_t count = 1;
  bool overflow = false;
  for (const auto dimension : shape) {
    if (dimension <= 0)
      fail(header, "the shape " + shape_text(shape) + " holds nothing; every dimension must be at least 1");
    overflow |= __builtin_mul_overflow(count, static_cast<std::uint64_t>(dimension), &count);
  }
  std::uint64_t end = 0;
  overflow |= __builtin_mul_overflow(count, item_size, &end);
  overflow |= __builtin_add_overflow(end, offset_, &end);
  if (overflow) fail(header, "the shape " + shape_text(shape) + " is larger than any file can be");
  const std::string promise =
      "the shape " + shape_text(shape) + " needs a file of " + std::to_string(end) + " bytes, but this one ";
  if (!compressed_ && end != size_)
    fail(header, promise + "has " + std::to_string(size_) +
                     (size_ < end ? ": it is truncated" : ": it has bytes too many"));
  if (compressed_ && end / max_expansion > size_)
    fail(header,
         promise + "cannot hold more than " + std::to_string(size_ * max_expansion) + " when decompressed");
  return count;
}

void InputFile::expect_end() {
  char extra = 0;
  const int got = gzread(as_gz(stream_), &extra, 1);
  int status = Z_OK;
  gzerror(as_gz(stream_), &status);
  if (got < 0 || (status != Z_OK && status != Z_STREAM_END)) fail_read();
  if (got > 0) fail(offset_, "the file continues, but its header says that it ends here");
}

void InputFile::fail(std::uint64_t offset, const std::string& what) const {
  throw UserError(path_.string() + ": byte " + std::to_string(offset) + ": " + what);
}

void InputFile::fail_read() const {
  int status = Z_OK;
  const char* const message = gzerror(as_gz(stream_), &status);
  if (status == Z_ERRNO) fail(offset_, "cannot read: " + std::generic_category().message(errno));
  fail(offset_, std::string("the gzip data are truncated or damaged (") + message + "); get the file again");
}

}  // namespace cellsweep::data
