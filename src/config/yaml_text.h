// The text of a YAML file before and after yaml-cpp reads it: what it cannot take, and what its errors mean.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/diagnostics.h"

namespace cellsweep::config {

// Whether yaml-cpp can read `text`, of at most `largest` bytes; reports why not. It takes some control
// characters for the end of the file, so they are refused up front.
bool is_readable(std::string_view text, std::size_t largest, Diagnostics& diagnostics);

// Reports a syntax error of yaml-cpp's. If a tab indents a line up to there, it is that.
void report_syntax(std::string_view text, const SourceLocation& location, const std::string& message,
                   Diagnostics& diagnostics);

// Writes the pairs of surrogates that end at `location` or come later in its string in YAML's form: JSON
// writes characters beyond U+FFFF as two escapes, \ud83d\ude00, which yaml-cpp refuses. Whether there were
// any.
bool mend_surrogates(std::string& text, const SourceLocation& location);

}  // namespace cellsweep::config
