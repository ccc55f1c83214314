#include "data/npy_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace cellsweep::data {
namespace {

// NumPy aligns to 64 bytes and refuses headers beyond 10000; anything longer than this is no plain array.
constexpr std::uint64_t max_header_size = 1u << 16;
constexpr std::size_t max_dimensions = 8;

// Parses the Python dictionary {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), } and nothing else.
class HeaderParser {
 public:
  HeaderParser(const InputFile& file, std::string_view text, std::uint64_t start)
      : file_(file), text_(text), start_(start) {}

  NpyHeader parse() {
    std::optional<std::string> type;
    std::optional<bool> fortran_order;
    std::optional<std::vector<std::int64_t>> shape;
    expect('{');
    while (!accept('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !type) {
        type = plain_type();
      } else if (key == "fortran_order" && !fortran_order) {
        fortran_order = boolean();
        if (*fortran_order) fail("the array is in Fortran order; save numpy.ascontiguousarray(array)");
      } else if (key == "shape" && !shape) {
        shape = tuple();
      } else {
        fail("a key that is unknown or given twice; the keys are descr, fortran_order and shape, once each");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (position_ != text_.size()) fail("the header continues after its dictionary");
    if (!type || !fortran_order || !shape) fail("the header lacks one of descr, fortran_order and shape");
    return {*type, *shape, start_};
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { file_.fail(start_ + position_, what); }

  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }

  bool accept(char wanted) {
    skip_space();
    if (position_ == text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail(std::string("this is no .npy header: expected '") + wanted + "'");
  }

  std::string string() {
    const char quote = accept('"') ? '"' : '\'';
    if (quote == '\'') expect(quote);
    const auto end = text_.find(quote, position_);
    if (end == std::string_view::npos) fail("this is no .npy header: a string has no end");
    std::string value(text_.substr(position_, end - position_));
    position_ = end + 1;
    return value;
  }

  std::string plain_type() {
    skip_space();
    if (position_ < text_.size() && text_[position_] == '[')
      fail("the values are structures; save each field as an array of its own");
    const std::string type = string();
    if (type.find('O') != std::string::npos)
      fail("the values are Python objects (a pickle), which are never loaded; save an array of numbers");
    if (type.starts_with('>'))
      fail("the numbers are big-endian; save array.astype(array.dtype.newbyteorder('<'))");
    return type;
  }

  bool boolean() {
    skip_space();
    const auto rest = text_.substr(position_);
    const bool value = rest.starts_with("True");
    if (!value && !rest.starts_with("False")) fail("this is no .npy header: expected True or False");
    position_ += value ? 4 : 5;
    return value;
  }

  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> values;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::int64_t value = 0;
      const char* const begin = text_.data() + position_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
      if (error != std::errc() || value < 0) fail("a dimension must be an integer in [0, 2^63)");
      if (values.size() == max_dimensions)
        fail("the array has more than " + std::to_string(max_dimensions) + " dimensions");
      position_ += end - begin;
      values.push_back(value);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return values;
  }

  const InputFile& file_;
  std::string_view text_;
  std::uint64_t start_;
  std::size_t position_ = 0;
};

}  // namespace

NpyHeader read_npy_header(InputFile& file) {
  constexpr std::string_view magic = "\x93NUMPY";
  std::array<unsigned char, 8> front{};
  file.read(std::as_writable_bytes(std::span(front)));
  if (!std::equal(magic.begin(), magic.end(), front.begin(),
                  [](char a, unsigned char b) { return static_cast<unsigned char>(a) == b; }))
    file.fail(0, "this is no .npy file: it must begin with \\x93NUMPY; numpy.save makes one");
  const int version = front[6];
  if (version < 1 || version > 3)
    file.fail(6, "the .npy version is " + std::to_string(version) + "; 1, 2 and 3 can be read");

  std::array<unsigned char, 4> length_bytes{};
  file.read(std::as_writable_bytes(std::span(length_bytes).first(version == 1 ? 2 : 4)));
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length |= static_cast<std::uint64_t>(length_bytes[i]) << (8 * i);
  if (length > max_header_size)
    file.fail(8, "the header has " + std::to_string(length) + " bytes, more than the " +
                     std::to_string(max_header_size) + " permitted");
  const std::uint64_t start = file.offset();
  std::string text(length, '\0');
  file.read(std::as_writable_bytes(std::span(text)));
  return HeaderParser(file, text, start).parse();
}

}  // namespace cellsweep::data
