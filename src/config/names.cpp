#include "config/names.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/name_tables.h"
#include "config/spelling.h"

namespace cellsweep::config {
namespace {

template <std::size_t count>
std::map<std::string, std::string> by_name(const Names (&table)[count]) {
  std::map<std::string, std::string> names;
  for (const Names& row : table)
    for (const std::string& name : words_of(row.names)) names.emplace(name, row.key);
  return names;
}

std::set<std::string> set_of(std::string_view words) {
  const auto list = words_of(words);
  return {list.begin(), list.end()};
}

bool are_cells(const std::vector<std::string>& values) {
  static const Option& cell = *find_option("model.cell");
  return !values.empty() &&
         std::ranges::any_of(values, [](const auto& value) { return !meant_choice(cell, value).empty(); });
}

std::string look_up(const std::string& simple, const std::vector<std::string>& values) {
  static const auto keys = by_name(key_names), cells = by_name(cell_names), models = by_name(model_names);
  // A list of classes of cells, or none known, is a cell's; a number of them, as in "rnn: 64", is not.
  if (cells.contains(simple)) return values.empty() || are_cells(values) ? cells.at(simple) : "";
  if (models.contains(simple)) return are_cells(values) ? models.at(simple) : "";
  const auto found = keys.find(simple);
  return found == keys.end() ? "" : found->second;
}

}  // namespace

bool is_foreign(std::string_view word) {
  static const auto words = set_of(foreign);
  return words.contains(simplified(word));
}

std::string meant_key(std::string_view name, const std::vector<std::string>& values) {
  static const auto before = set_of(places);
  if (find_option(name) != nullptr) return std::string(name);
  if (is_foreign(name)) return {};
  // From the whole path to its last name, then without first words of that.
  auto parts = words_of_name(name, "./ ", false);
  for (; !parts.empty(); parts.erase(parts.begin())) {
    std::string rest;
    for (const std::string& part : parts) rest += part;
    if (is_foreign(rest)) return {};
    if (std::string key = look_up(simplified(rest), values); !key.empty()) return key;
    const std::string first = simplified(parts.front());
    const bool is_data_batch = parts.size() == 2 && first.starts_with("data") &&
                               look_up(simplified(parts[1]), values) == "train.batch_size";
    if (parts.size() > 1 && !before.contains(first) && !is_data_batch) return {};
    if (parts.size() > 1) continue;
    auto words = words_of_name(parts.front(), "-_", true);
    while (words.size() > 1 && before.contains(simplified(words.front()))) {
      words.erase(words.begin());
      std::string tail;
      for (const std::string& word : words) tail += word;
      if (is_foreign(tail)) return {};
      if (std::string key = look_up(simplified(tail), values); !key.empty()) return key;
    }
  }
  return {};
}

std::string meant_sweep_key(std::string_view name) {
  static const auto keys = by_name(sweep_names);
  const auto found = keys.find(simplified(name));
  return found == keys.end() ? "" : found->second;
}

std::string meant_choice(const Option& option, std::string_view word) {
  // Most words are spelled as they are here.
  if (const auto same = std::ranges::find(option.choices, word); same != option.choices.end()) return *same;
  const std::string simple = simplified(word);
  for (const std::string& choice : option.choices)
    if (simplified(choice) == simple) return choice;
  static const auto names = [] {
    std::map<std::pair<std::string, std::string>, std::string> by_key_and_name;
    for (const Choices& row : choice_names)
      for (const std::string& name : words_of(row.names))
        by_key_and_name.emplace(std::pair(row.key, name), row.choice);
    return by_key_and_name;
  }();
  const auto found = names.find({option.key, simple});
  return found == names.end() ? "" : found->second;
}

std::string near_key(std::string_view word, const std::vector<std::string>& here) {
  if (is_foreign(word)) return {};
  if (std::string found = closest(word, here); !found.empty()) return found;
  std::vector<std::string> keys;
  for (const Option& option : options()) keys.push_back(option.key);
  if (std::string found = closest(word, keys); !found.empty()) return found;
  static const auto names = by_name(key_names), cells = by_name(cell_names);
  std::vector<std::string> all;
  for (const auto* table : {&names, &cells})
    for (const auto& [name, key] : *table)
      if (name.size() > 4) all.push_back(name);
  const std::string simple = simplified(word);
  // Several names of one key may be as near.
  std::string near;
  for (const std::string& name : all)
    if (!closest(simple, {name}).empty()) {
      const std::string key = names.contains(name) ? names.at(name) : cells.at(name);
      if (!near.empty() && near != key) return {};
      near = key;
    }
  return near;
}

std::string near_choice(const Option& option, std::string_view word) {
  if (std::string same = meant_choice(option, word); !same.empty()) return same;
  if (option.key == "sweep.metric.name" || option.key == "train.early_stopping.monitor")
    if (std::string metric = meant_metric(word); !metric.empty()) return metric;
  return is_foreign(word) ? "" : closest(word, option.choices);
}

}  // namespace cellsweep::config
