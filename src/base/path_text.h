// Paths as people write them on a command line or in a file.
#pragma once

#include <string>
#include <string_view>

namespace cellsweep {

// Why `text` cannot be meant as a path, and what would be right; empty if it can. An empty text mostly is
// a shell's variable that is not set, and a ~ is replaced by a shell alone: a folder of that name is not
// meant.
std::string path_problem(std::string_view text);

}  // namespace cellsweep
