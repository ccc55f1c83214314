#include "config/spelling.h"

#include <algorithm>
#include <numeric>
#include <sstream>

namespace cellsweep::config {
namespace {

constexpr std::size_t longest_word = 60;

// Levenshtein's distance; a swap of neighbours counts one (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  std::iota(rows[0].begin(), rows[0].end(), 0u);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    rows[i][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      rows[i][j] = std::min({rows[i - 1][j] + 1, rows[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

// How many slips are still a slip: a third of a short word makes it another word.
std::size_t most_slips(std::size_t length) {
  return length < 3 ? 0 : length < 9 ? 1 : 2;
}

}  // namespace

std::string simplified(std::string_view word) {
  std::string simple;
  for (const char c : word)
    if (std::string_view("-_./ ").find(c) == std::string_view::npos)
      simple += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return simple;
}

std::vector<std::string> words_of(std::string_view list) {
  std::istringstream stream{std::string(list)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> words_of_name(std::string_view name, std::string_view separators, bool by_case) {
  std::vector<std::string> words{""};
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto is_upper = [&](std::size_t at) { return name[at] >= 'A' && name[at] <= 'Z'; };
    const bool is_separator = separators.find(name[i]) != std::string_view::npos;
    const bool begins = by_case && i > 0 && is_upper(i) && !is_upper(i - 1);
    if ((is_separator || begins) && !words.back().empty()) words.emplace_back();
    if (!is_separator) words.back() += name[i];
  }
  return words;
}

std::string closest(std::string_view text, const std::vector<std::string>& words) {
  if (text.empty() || text.size() > longest_word) return {};
  const std::string simple = simplified(text);
  for (const std::string& word : words)
    if (simplified(word) == simple) return word;
  std::string best;
  bool is_only = false;
  std::size_t least = most_slips(simple.size()) + 1;
  for (const std::string& word : words) {
    const std::string other = simplified(word);
    // The first letter is seldom wrong, and another one makes another word: nadam is not adam.
    if (other.size() < 3 || simple.empty() || other[0] != simple[0]) continue;
    // As many letters as differ in number have to come or go.
    if (std::max(simple.size(), other.size()) - std::min(simple.size(), other.size()) > least) continue;
    const std::size_t distance = edit_distance(simple, other);
    if (distance > most_slips(simple.size()) || distance > least) continue;
    is_only = distance < least;
    if (is_only) best = word;
    least = distance;
  }
  return is_only ? best : std::string();
}

std::string did_you_mean(const std::string& word) {
  return word.empty() ? std::string() : "; did you mean '" + word + "'?";
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

std::string grouped(const std::vector<std::string>& keys) {
  std::string list;
  for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    const std::size_t dot = keys[begin].rfind('.');
    const std::string section = dot == std::string::npos ? "" : keys[begin].substr(0, dot + 1);
    std::vector<std::string> leaves;
    for (end = begin; end < keys.size(); ++end) {
      const bool is_here = keys[end].starts_with(section) &&
                           (section.empty() || keys[end].find('.', section.size()) == std::string::npos);
      if (!is_here || (section.empty() && keys[end].find('.') != std::string::npos)) break;
      leaves.push_back(keys[end].substr(section.size()));
    }
    list += (list.empty() ? "" : ", ") + section;
    list += section.empty() || leaves.size() == 1 ? joined(leaves) : "{" + joined(leaves) + "}";
  }
  return list;
}

}  // namespace cellsweep::config
