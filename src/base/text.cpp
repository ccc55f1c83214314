#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace cellsweep {
namespace {

constexpr std::size_t shown_bytes = 60;

// The number of bytes of the UTF-8 sequence that `text` begins with, 0 if it begins with none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool beyond = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

std::uint32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return lead;
  std::uint32_t code = lead & (0x7Fu >> sequence.size());
  for (const char c : sequence.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return code;
}

// What a terminal would execute, or what would make the text look like another.
bool is_unseen(std::uint32_t code) {
  constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 10> ranges{{{0, 0x1F},
                                                                            {0x7F, 0x9F},
                                                                            {0xAD, 0xAD},
                                                                            {0x61C, 0x61C},
                                                                            {0x200B, 0x200F},
                                                                            {0x2028, 0x202E},
                                                                            {0x2060, 0x206F},
                                                                            {0xFEFF, 0xFEFF},
                                                                            {0xFFF9, 0xFFFB},
                                                                            {0xE0000, 0xE007F}}};
  return std::ranges::any_of(ranges,
                             [&](const auto& range) { return code >= range.first && code <= range.second; });
}

// What begins a text: a character, or a byte that is not UTF-8.
struct Character {
  std::string_view bytes;
  std::uint32_t code;
  bool is_printable;
};

// The first one of `text`, which loses it.
Character take_character(std::string_view& text) {
  const std::size_t length = utf8_length(text);
  const std::string_view bytes = text.substr(0, std::max<std::size_t>(length, 1));
  text.remove_prefix(bytes.size());
  const std::uint32_t code = length == 0 ? static_cast<unsigned char>(bytes[0]) : code_point(bytes);
  return {bytes, code, length > 0 && !is_unseen(code)};
}

std::string formatted(const char* format, std::uint32_t code) {
  std::array<char, 12> text{};
  std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(code));
  return text.data();
}

std::string yaml_escape(std::uint32_t code) {
  return formatted(code <= 0xFF ? "\\x%02x" : code <= 0xFFFF ? "\\u%04x" : "\\U%08x", code);
}

bool is_layout(std::uint32_t code) {
  return code == '\n' || code == '\t';
}

}  // namespace

std::size_t text_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] != '\0') {
    const std::size_t next = utf8_length(text.substr(length));
    if (next == 0) break;
    length += next;
  }
  return length;
}

bool is_text(std::string_view text) {
  return text_length(text) == text.size();
}

std::string printable(std::string_view text) {
  const std::string bare = without_userinfo(text);
  std::string line;
  for (std::string_view rest = bare; !rest.empty();) {
    const Character next = take_character(rest);
    line += next.is_printable ? std::string(next.bytes) : yaml_escape(next.code);
  }
  return line;
}

std::string printable_lines(std::string_view text) {
  const std::string bare = without_userinfo(text);
  std::string lines;
  for (std::string_view rest = bare; !rest.empty();) {
    const Character next = take_character(rest);
    lines += next.is_printable || is_layout(next.code) ? std::string(next.bytes) : yaml_escape(next.code);
  }
  return lines;
}

std::string shown(std::string_view text) {
  const std::string bare = without_userinfo(text);
  std::string line = "'";
  std::string_view rest = bare;
  while (!rest.empty() && line.size() <= shown_bytes) {
    const Character next = take_character(rest);
    line += next.is_printable ? std::string(next.bytes) : yaml_escape(next.code);
  }
  return line + (rest.empty() ? "'" : "…'");
}

std::string escape_unprintable(std::string_view json) {
  constexpr std::uint32_t largest = 0xFFFF;  // JSON and YAML write the ones beyond differently
  std::string escaped;
  while (!json.empty()) {
    const Character next = take_character(json);
    const bool stays = next.is_printable || is_layout(next.code) || next.code > largest;
    escaped += stays ? std::string(next.bytes) : formatted("\\u%04x", next.code);
  }
  return escaped;
}

// A password may hold any character, so all up to the last @ of the word is taken to be one.
std::string without_userinfo(std::string_view text, std::string_view mask) {
  constexpr std::string_view begin_of_host = "://";
  std::string result;
  for (std::size_t found; (found = text.find(begin_of_host)) != std::string_view::npos;) {
    const std::size_t begin = found + begin_of_host.size();
    const std::size_t end = std::min(text.find_first_of(" \t\r\n\"'", begin), text.size());
    const std::size_t at = text.substr(0, end).rfind('@');
    const bool has_userinfo = at != std::string_view::npos && at >= begin;
    result += text.substr(0, begin);
    if (has_userinfo) result += mask;
    text.remove_prefix(has_userinfo ? at + 1 : begin);
  }
  return result += text;
}

bool names_a_secret(std::string_view name) {
  std::string word(name.substr(name.rfind('.') + 1));
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (word.ends_with("_file")) return false;
  return std::ranges::any_of(
      std::to_array<std::string_view>({"password", "passwd", "secret", "token", "api_key", "credential"}),
      [&](std::string_view secret) { return word.find(secret) != std::string::npos; });
}

}  // namespace cellsweep
