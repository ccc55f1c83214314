#include "config/problems.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/error.h"

namespace cellsweep::config {
namespace {

constexpr std::size_t shown_problems = 100;
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

}  // namespace

Problems::Problems(std::string origin) : origin_(std::move(origin)) {}

void Problems::add(const Place& place, std::string message) {
  problems_.push_back({place, std::move(message)});
}

void Problems::throw_if_any() const {
  if (problems_.empty()) return;
  std::vector<const Problem*> order;
  for (const Problem& problem : problems_) order.push_back(&problem);
  std::stable_sort(order.begin(), order.end(), [](const Problem* a, const Problem* b) {
    const auto rank = [](const Place& p) { return std::tuple(!p.assignment.empty(), p.line, p.column); };
    return rank(a->place) < rank(b->place);
  });
  std::string lines;
  for (std::size_t i = 0; i < std::min(order.size(), shown_problems); ++i) {
    const Place& place = order[i]->place;
    if (i > 0) lines += '\n';
    lines += place.assignment.empty() ? origin_ : place.assignment;
    if (place.line > 0) lines += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
    lines += ": " + order[i]->message;
  }
  if (order.size() > shown_problems)
    lines += "\n" + origin_ + ": and " + std::to_string(order.size() - shown_problems) + " more problems";
  throw UserError(lines);
}

std::string joined(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

std::string closest(std::string_view text, const std::vector<std::string>& words) {
  if (text.size() > longest_word) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, text.size() / 3) + 1;
  for (const std::string& word : words) {
    // As many letters as differ in number have to come or go.
    const std::size_t longer = std::max(text.size(), word.size()),
                      shorter = std::min(text.size(), word.size());
    if (longer - shorter >= best_distance) continue;
    const std::size_t distance = edit_distance(text, word);
    if (distance < best_distance && distance < word.size()) {
      best = word;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(const std::string& word) {
  return word.empty() ? std::string() : "; did you mean '" + word + "'?";
}

}  // namespace cellsweep::config
