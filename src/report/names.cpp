#include "report/names.h"

#include <algorithm>
#include <set>

namespace cellsweep::report {
namespace {

// Of `text`, cut at a separator. All of it if another text ends with it.
std::string shortest_end(const std::string& text, const std::set<std::string>& texts, char separator) {
  for (std::size_t at = text.rfind(separator); at != std::string::npos && at > 0;
       at = text.rfind(separator, at - 1)) {
    const std::string end = text.substr(at + 1);
    const auto ends_alike = [&](const std::string& other) {
      return other != text && (other == end || other.ends_with(separator + end));
    };
    if (std::ranges::none_of(texts, ends_alike)) return end;
  }
  return text;
}

}  // namespace

std::map<std::filesystem::path, std::string> folder_names(const std::vector<std::filesystem::path>& folders) {
  std::set<std::string> texts;
  for (const auto& folder : folders) texts.insert(folder.string());
  std::map<std::filesystem::path, std::string> names;
  for (const std::string& text : texts) names[text] = shortest_end(text, texts, '/');
  return names;
}

bool spans_several_sweeps(const std::vector<ComparisonRow>& rows) {
  return std::ranges::any_of(
      rows, [&](const ComparisonRow& row) { return row.sweep_folder != rows.front().sweep_folder; });
}

std::string name_of(const Comparison& comparison, const ComparisonRow& row) {
  return (comparison.has_several_sweeps ? row.sweep_folder + "/" : "") + row.run_id;
}

std::map<std::string, std::string> parameter_headings(const Comparison& comparison) {
  std::set<std::string> keys{"name"};
  std::map<std::string, std::string> headings;
  for (const ComparisonRow& row : comparison.rows)
    for (const auto& [key, value] : row.parameters) keys.insert(key);
  for (const ComparisonRow& row : comparison.rows)
    for (const auto& [key, value] : row.parameters)
      if (std::string& heading = headings[key]; heading.empty()) heading = shortest_end(key, keys, '.');
  return headings;
}

}  // namespace cellsweep::report
