// For a sweep that was written for another program: what its names likely mean here.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "config/names.h"
#include "config/reader.h"
#include "config/spelling.h"
#include "model/metric.h"
#include "sweep/metric.h"

namespace cellsweep::config {
namespace {

// How many points are suggested if the file does not say, as W&B's agents take it from their command line.
constexpr const char* usual_run_cap = "20";

// A parameter as the file has it.
struct Named {
  std::string name;  // with its groups': "optimizer.lr"
  const YamlNode* body;
};

void collect(const YamlNode& parameters, const std::string& prefix, std::vector<Named>& found) {
  for (const auto& [key, body] : parameters.entries) {
    const YamlNode* group = find_word(body, "parameters");
    if (group != nullptr)
      collect(*group, prefix + key.text + ".", found);
    else
      found.push_back({prefix + key.text, &body});
  }
}

// What is wrong with a parameter of that body under that key; empty: nothing.
std::string problem_of(const std::string& key, const YamlNode& body) {
  Config config;
  Diagnostics diagnostics("");
  YamlNode name, parameters, sweep;
  name.kind = NodeKind::scalar;
  name.text = key;
  parameters.kind = sweep.kind = NodeKind::map;
  parameters.entries.push_back({name, body});
  name.text = "parameters";
  sweep.entries.push_back({name, parameters});
  Reader(config, diagnostics).read_sweep(sweep);
  return diagnostics.count() == 0 ? "" : diagnostics.message(0);
}

// Whether the body lists values of which the key takes none.
bool takes_none(const std::string& key, const YamlNode& body) {
  const YamlNode *list = find_word(body, "values"), *one = find_word(body, "value");
  const std::vector<YamlNode> values = list != nullptr  ? list->items
                                       : one != nullptr ? std::vector{*one}
                                                        : std::vector<YamlNode>{};
  return !values.empty() && std::ranges::none_of(values, [&](const YamlNode& value) {
    YamlNode word, alone;
    word.kind = NodeKind::scalar;
    word.text = "value";
    alone.kind = NodeKind::map;
    alone.entries.push_back({word, value});
    return problem_of(key, alone).empty();
  });
}

bool is_same_word(const std::string& name, const std::string& key) {
  return simplified(name.substr(name.rfind('.') + 1)) == simplified(key.substr(key.rfind('.') + 1));
}

std::string shell_word(const std::string& text) {
  constexpr std::string_view safe =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/=:,+@%";
  if (!text.empty() && text.find_first_not_of(safe) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

class Suggestion {
 public:
  // What is known already stays.
  explicit Suggestion(const Renames& known) {
    for (const auto& [name, meaning] : known.map) add(name, meaning);
    for (const std::string& name : known.ignored) add(name, "");
  }

  bool has(const std::string& name) const {
    return std::ranges::any_of(names_, [&](const auto& each) { return each.first == name; });
  }
  // An empty `meaning`: left out.
  void add(const std::string& name, const std::string& meaning) { names_.emplace_back(name, meaning); }
  void set(const std::string& assignment) { settings_.push_back(assignment); }
  void note(const std::string& text) { notes_ += "# " + printable(text) + "\n"; }

  std::string text(const std::string& file) const {
    if (names_.empty() && settings_.empty())
      return "# nothing to map: the names of this sweep are keys here\n" + notes_;
    std::string arguments, settings, section;
    bool fits_arguments = true;  // --map takes no name that is empty
    for (const auto& [name, meaning] : names_) {
      if (name.empty()) fits_arguments = false;
      arguments +=
          meaning.empty() ? " --ignore " + shell_word(name) : " --map " + shell_word(name + "=" + meaning);
      section += "  " + format_string(name) + ": " + (meaning.empty() ? "null" : meaning) + "\n";
    }
    for (const std::string& setting : settings_) settings += " --set " + setting;
    std::string all;
    if (fits_arguments) all = (arguments + settings).substr(1) + "\n";
    if (!section.empty())
      all += (fits_arguments ? "\n# or, in " : "# in ") + printable(file) + ":\nmap:\n" + section;
    if (!section.empty() && !settings.empty()) all += "# and, as arguments:" + settings + "\n";
    return all + (notes_.empty() ? "" : "\n" + notes_);
  }

 private:
  std::vector<std::pair<std::string, std::string>> names_;
  std::vector<std::string> settings_;
  std::string notes_;
};

// A string takes any text, so nothing shows that it is meant; how a run is carried out is not a sweep's.
bool can_be_mapped(const std::string& key) {
  const Option* option = find_option(key);
  return option != nullptr && is_sweepable(key) && option->kind != ValueKind::string &&
         !key.starts_with("parallel.");
}

void suggest_parameters(const YamlNode& parameters, Suggestion& suggestion) {
  std::vector<Named> all;
  collect(parameters, "", all);
  std::map<std::string, std::string> owners;  // key → name
  std::map<std::string, std::string> meanings;
  for (const Named& each : all) {
    if (find_option(each.name) != nullptr) owners[each.name] = each.name;
    if (find_option(each.name) != nullptr || suggestion.has(each.name)) continue;
    std::string key = meant_key(each.name, listed_values(*each.body));
    if (key.empty() && !is_foreign(each.name)) key = near_key(each.name, {});
    meanings[each.name] = key;
    if (!can_be_mapped(key) || takes_none(key, *each.body)) continue;
    const auto [owner, is_first] = owners.emplace(key, each.name);
    if (!is_first && !is_same_word(owner->second, key) && is_same_word(each.name, key))
      owner->second = each.name;
  }
  std::vector<std::string> strange;
  for (const Named& each : all) {
    const auto found = meanings.find(each.name);
    if (found == meanings.end() || suggestion.has(each.name)) continue;
    const std::string& key = found->second;
    const auto owner = owners.find(key);
    const bool is_mapped = owner != owners.end() && owner->second == each.name;
    suggestion.add(each.name, is_mapped ? key : "");
    if (is_mapped) {
      if (const std::string diagnostic = problem_of(key, *each.body); !diagnostic.empty())
        suggestion.note(each.name + " is likely " + key +
                        ", but its values are not all permitted: " + diagnostic);
    } else if (!can_be_mapped(key)) {
      strange.push_back(each.name);
    } else if (owner != owners.end()) {
      suggestion.note(each.name + " may be " + key + " too, which is what " + owner->second + " is");
    } else {
      suggestion.note(each.name + " may be " + key + ", but has no value that it takes");
    }
  }
  if (!strange.empty()) suggestion.note("without a counterpart that a sweep could vary: " + joined(strange));
}

// What the runs of a file measure.
struct Measured {
  bool is_regression = false;
  std::optional<std::vector<std::string>> metrics = {};  // train.metrics
  bool can_be_more = true;                               // the command line does not set them
  std::optional<std::int64_t> classes = {};              // of the data, if they are known
};

// Why runs do not measure the metric; empty if they can.
std::string unfit_reason(const model::Metric* metric, const Measured& measured, model::Loss loss) {
  if (metric == nullptr) return "there is no such metric here";
  const std::string name(metric->name);
  if (!model::fits(*metric, loss))
    return (measured.is_regression ? "a regression has no " : "a classification has no ") + name;
  const std::int64_t classes = measured.classes.value_or(0);
  if (classes == 0 || classes >= metric->least_classes) return "";
  return name + " says nothing with fewer than " + std::to_string(metric->least_classes) +
         " classes, and the data has " + std::to_string(classes);
}

void suggest_metric(const YamlNode& metric, const Measured& measured, Suggestion& suggestion) {
  const bool is_regression = measured.is_regression;
  static const Option& names = *find_option("sweep.metric.name");
  static const Option& goals = *find_option("sweep.metric.goal");
  const YamlNode* name = find_word(metric, "name");
  if (name == nullptr || name->kind != NodeKind::scalar || suggestion.has(name->text)) return;
  const YamlNode* goal = find_word(metric, "goal");
  const bool is_maximized = goal != nullptr && meant_choice(goals, goal->text) == "maximize";
  std::string meant = meant_choice(names, name->text);
  const bool is_known = meant == name->text;
  if (meant.empty()) meant = meant_metric(name->text);
  const model::Loss loss = is_regression ? model::Loss::mse : model::Loss::sparse_categorical_crossentropy;
  const std::string fallback =
      is_maximized && !is_regression ? sweep::MetricOptions{}.name : std::string(sweep::metric_of_every_run);
  const model::Metric* const metric_here = model::find_metric(meant);
  if (const std::string reason = unfit_reason(metric_here, measured, loss); !reason.empty()) {
    suggestion.note((name->text.empty() ? "''" : name->text) + ": " + reason + "; " + fallback +
                    " takes its place");
    meant = fallback;
  }
  if (meant != name->text || !is_known) suggestion.add(name->text, meant);
  if (is_maximized && sweep::usual_goal(meant) == Goal::minimize)
    suggestion.set("sweep.metric.goal=minimize");
  const auto has = model::metrics_of(measured.metrics, loss);
  const model::Metric* const chosen = model::find_metric(meant);
  if (!measured.can_be_more || std::ranges::find(has, chosen) != has.end()) return;
  std::string all;
  for (const model::Metric* each : has)
    if (each->task != model::Task::any) all.append(each->name).append(",");
  suggestion.set("train.metrics=" + all.append(chosen->name));
}

// `train`: the file's section; null if it has none.
Measured measured_by(const YamlNode* train) {
  static const Option& names = *find_option("train.metrics");
  Measured measured;
  const YamlNode* const loss = train == nullptr ? nullptr : find_word(*train, "loss");
  measured.is_regression = loss != nullptr && meant_choice(*find_option("train.loss"), loss->text) == "mse";
  const YamlNode* const metrics = train == nullptr ? nullptr : find_word(*train, "metrics");
  if (metrics == nullptr || metrics->kind != NodeKind::sequence) return measured;
  measured.metrics.emplace();
  for (const YamlNode& item : metrics->items) measured.metrics->push_back(meant_choice(names, item.text));
  return measured;
}

// What the file and the arguments say of the data; nothing if they are wrong.
std::optional<data::DataOptions> data_of(const YamlNode& file, std::span<const Assignment> assignments,
                                         bool is_regression) {
  Config config;
  Diagnostics diagnostics("");
  Reader reader(config, diagnostics);
  YamlNode section;
  section.kind = NodeKind::map;
  for (const YamlEntry& entry : file.entries)
    if (entry.key.text == "data") section.entries.push_back(entry);
  reader.read(section);
  for (const Assignment& each : assignments)
    if (each.first.starts_with("data.")) reader.assign(each);
  if (diagnostics.count() > 0) return std::nullopt;
  config.data.target = is_regression ? data::Target::numbers : data::Target::classes;
  return config.data;
}

bool is_set(std::span<const Assignment> assignments, std::string_view key) {
  return std::ranges::any_of(assignments, [&](const Assignment& each) { return each.first == key; });
}

}  // namespace

std::string suggest_renames(const Sources& sources, std::span<const Assignment> assignments,
                            const ClassesOf& classes_of) {
  Diagnostics diagnostics(sources.path);
  const YamlNode file = parse_yaml(read_file(sources.path, largest_yaml), diagnostics);
  YamlNode sweep;
  if (!sources.sweep_path.empty()) {
    diagnostics.begin_file(sources.sweep_path);
    sweep = parse_yaml(read_file(sources.sweep_path, largest_yaml), diagnostics);
  } else if (const YamlNode* own = find_word(file, "sweep"); own != nullptr) {
    sweep = *own;
  }
  diagnostics.throw_if_any();
  if (sweep.kind != NodeKind::map)
    throw UserError(printable(sources.sweep_path.empty() ? sources.path : sources.sweep_path) +
                    ": has no sweep whose names could be mapped");
  Renames known = sources.renames;
  const YamlNode* section = find_word(file, "map");
  for (const auto& [name, meaning] : section == nullptr ? std::vector<YamlEntry>() : section->entries) {
    if (meaning.kind == NodeKind::scalar)
      known.map.emplace_back(name.text, meaning.text);
    else
      known.ignored.push_back(name.text);
  }
  Suggestion suggestion(known);
  if (const YamlNode* parameters = find_word(sweep, "parameters"); parameters != nullptr)
    suggest_parameters(*parameters, suggestion);
  Measured measured = measured_by(find_word(file, "train"));
  measured.can_be_more = !is_set(assignments, "train.metrics");
  const auto data = data_of(file, assignments, measured.is_regression);
  if (classes_of && data) measured.classes = classes_of(*data);
  if (const YamlNode* metric = find_word(sweep, "metric"); metric != nullptr)
    suggest_metric(*metric, measured, suggestion);
  const YamlNode* method = find_word(sweep, "method");
  const bool needs_cap =
      method != nullptr && meant_choice(*find_option("sweep.method"), method->text) != "grid";
  if (needs_cap && find_word(sweep, "run_cap") == nullptr && !is_set(assignments, "sweep.run_cap")) {
    suggestion.set(std::string("sweep.run_cap=") + usual_run_cap);
    suggestion.note(
        "the file does not say how many points to try; sweep.run_cap is what W&B's agents take as --count");
  }
  return suggestion.text(sources.path);
}

}  // namespace cellsweep::config
