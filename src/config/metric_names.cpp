// What the name of a metric elsewhere means here.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/metric_name.h"
#include "config/name_tables.h"
#include "config/names.h"
#include "config/spelling.h"
#include "model/metric.h"

namespace cellsweep::config {
namespace {

// Words that do not change what is measured.
bool is_said_of_any(const std::string& word) {
  static const std::set<std::string> words{"best", "final",       "last",    "max",    "min",     "epoch",
                                           "mean", "avg",         "average", "total",  "overall", "running",
                                           "top1", "categorical", "sparse",  "binary", "score",   "end",
                                           "of",   "the",         "set"};
  return words.contains(word);
}

bool is_held_out(const std::string& word) {
  static const std::set<std::string> words{"val",        "valid", "validation", "dev",     "eval",
                                           "evaluation", "test",  "testing",    "holdout", "heldout"};
  return words.contains(word);
}

bool is_trained(const std::string& word) {
  static const std::set<std::string> words{"train", "training", "trn", "tr"};
  return words.contains(word);
}

// What names the metric, as one word.
std::string joined_name(const std::vector<std::string>& words) {
  std::string name;
  for (const std::string& word : words)
    if (!is_said_of_any(word)) name += word;
  return name;
}

std::map<std::string, std::string> make_names() {
  std::map<std::string, std::string> names;
  for (const model::Metric& metric : model::all_metrics()) {
    const std::string own(metric.name);
    names.emplace(simplified(own), own);
    names.emplace(joined_name(words_of_name(own, "_", false)), own);
  }
  for (const Choices& row : choice_names)
    if (row.key == "train.metrics")
      for (const std::string& name : words_of(row.names)) names.emplace(name, row.choice);
  for (const Names& row : metric_names)
    for (const std::string& name : words_of(row.names)) names.emplace(name, row.key);
  return names;
}

// The metric of a name that is one simplified word, or an empty string.
std::string look_up(const std::string& name) {
  static const auto names = make_names();
  const auto found = names.find(name);
  return found == names.end() ? "" : found->second;
}

// All words name the same metric: "mse_loss".
std::string common_metric(const std::vector<std::string>& words) {
  std::string metric;
  for (const std::string& word : words) {
    if (is_said_of_any(word)) continue;
    const std::string found = look_up(word);
    if (found.empty() || (!metric.empty() && found != metric)) return {};
    metric = found;
  }
  return metric;
}

}  // namespace

std::string meant_metric(std::string_view name) {
  bool is_validation = false;
  std::vector<std::string> words;
  for (const std::string& part : words_of_name(name, "-_./ ", true)) {
    std::string word = simplified(part);
    if (is_trained(word)) continue;
    if (is_held_out(word)) {
      is_validation = true;
      continue;
    }
    for (const std::string_view prefix : {"val", "valid", "test", "eval", "dev", "train"})
      if (word.starts_with(prefix) && !look_up(word.substr(prefix.size())).empty()) {
        word.erase(0, prefix.size());
        is_validation |= prefix != "train";
      }
    words.push_back(std::move(word));
  }
  std::string metric = look_up(joined_name(words));
  if (metric.empty()) metric = common_metric(words);
  if (metric.empty() || !is_validation) return metric;
  return std::string(validation_prefix) + metric;
}

}  // namespace cellsweep::config
