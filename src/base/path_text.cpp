#include "base/path_text.h"

#include <cstdlib>

namespace cellsweep {

std::string path_problem(std::string_view text) {
  if (text.empty()) return "is empty; is a variable not set?";
  if (text.front() != '~') return "";
  const std::string problem = "begins with ~, which only a shell replaces, at the beginning of a word";
  const char* const home = std::getenv("HOME");
  const bool is_mine = text.size() == 1 || text[1] == '/';
  if (home == nullptr || !is_mine) return problem + "; write the path in full";
  return problem + "; write " + home + std::string(text.substr(1));
}

}  // namespace cellsweep
