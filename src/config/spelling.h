// Words that mean the same however they are written, and words that are near.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cellsweep::config {

// The word without regard to case and to what separates its parts: "Learning-Rate" gives "learningrate".
std::string simplified(std::string_view word);

// The words of a list with spaces between.
std::vector<std::string> words_of(std::string_view list);

// The words of a name, which characters of `separators` keep apart, and capitals begin if `by_case`:
// "rnnHidden_dim" gives rnn, Hidden, dim.
std::vector<std::string> words_of_name(std::string_view name, std::string_view separators, bool by_case);

// The one of `words` that `text` is but for case and separators, or else is a slip of the keyboard away from;
// empty if none is or several are.
std::string closest(std::string_view text, const std::vector<std::string>& words);

// "; did you mean 'word'?", or nothing for an empty word.
std::string did_you_mean(const std::string& word);

// "a, b, c"
std::string joined(const std::vector<std::string>& words);

// Dotted keys with what they have in common written once: "data.{format, directory}, name".
std::string grouped(const std::vector<std::string>& keys);

}  // namespace cellsweep::config
