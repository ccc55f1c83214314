// Text from outside, such as from a file, a host's name or a command line, as people get to see it. Pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cellsweep {

// How many bytes `text` begins with that are UTF-8 without NUL.
std::size_t text_length(std::string_view text);

// Whether all of `text` is UTF-8 without NUL.
bool is_text(std::string_view text);

// `text` for a terminal or a page, on one line. Control characters, those that change the direction of
// writing or have no width, and bytes that are not UTF-8 are escaped as in YAML: \x1b, \u202e. Users and
// passwords in URLs are left out.
std::string printable(std::string_view text);

// The same, but line ends and tabs stay.
std::string printable_lines(std::string_view text);

// `text` in a message: in quotes, printable, not longer than is readable.
std::string shown(std::string_view text);

// JSON or YAML whose strings hold as \uXXXX what printable() escapes; it is read back as the same. Line ends
// and tabs stay.
std::string escape_unprintable(std::string_view json);

// `text` with `mask` in place of user and password, wherever it has a URL with them: http://***@host.
std::string without_userinfo(std::string_view text, std::string_view mask = "***@");

// Whether what goes by that name, such as a key of a file, is probably a secret.
bool names_a_secret(std::string_view name);

}  // namespace cellsweep
