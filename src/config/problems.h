// Everything that is wrong with one configuration, told at once.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace cellsweep::config {

// Where something was written. Lines and columns count from 1; line 0 is the configuration as a whole.
struct Place {
  int line = 0;
  int column = 0;
  std::string assignment;  // "--set key=value" where it was not in the file
};

class Problems {
 public:
  // `origin` is the name of the file in messages.
  explicit Problems(std::string origin);

  void add(const Place& place, std::string message);
  std::size_t count() const { return problems_.size(); }
  // Throws one UserError with a line for each problem, in the order of the file, then of the assignments.
  // Does nothing where there are none. After 100 lines the rest is only counted.
  void throw_if_any() const;

 private:
  struct Problem {
    Place place;
    std::string message;
  };

  std::string origin_;
  std::vector<Problem> problems_;
};

using cellsweep::is_text;
using cellsweep::shown;

// "a, b, c"
std::string joined(const std::vector<std::string>& words);

// The word that `text` may have been meant to be, or an empty string.
std::string closest(std::string_view text, const std::vector<std::string>& words);

// "; did you mean 'word'?", or nothing for an empty word.
std::string did_you_mean(const std::string& word);

}  // namespace cellsweep::config
