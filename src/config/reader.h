// Fills a Config from YAML and from assignments, and collects what is wrong on the way.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/diagnostics.h"
#include "config/option.h"
#include "config/yaml_tree.h"

namespace cellsweep::config {

// Where each key was written; keys left at their default are not in it.
using Locations = std::map<std::string, SourceLocation, std::less<>>;

class Reader {
 public:
  Reader(Config& config, Diagnostics& diagnostics) : config_(config), diagnostics_(diagnostics) {}

  // What the names in a sweep mean. First of all; what a file says besides does not replace it.
  void use(const Renames& renames);
  // A whole file.
  void read(const YamlNode& root);
  // A file of W&B's, which is a sweep as a whole.
  void read_sweep(const YamlNode& root);
  bool has_sweep() const { return config_.sweep.has_value(); }
  // One key=value, which messages show behind `argument`, empty if no argument gave it. A key that the sweep
  // varies cannot be assigned.
  void assign(const Assignment& assignment, const std::string& argument = "--set ");
  // For a file that a former version wrote: a metric that not all runs have counts as not given.
  void forget_missing_metric();
  // Last of all: fills in what follows from other keys, checks what concerns several, and logs what was
  // passed over.
  void finish();

 private:
  void read_section(const YamlNode& section, const std::string& prefix);
  void read_option(const Option& option, const YamlNode& node);
  void read_map(const YamlNode& map);
  // `location`: of the line that says what the name means.
  void add_rename(const SourceLocation& location, const std::string& name, const std::string& meaning);
  bool is_ignored(const std::string& name);
  void read_parameters(const YamlNode& parameters, const std::string& prefix);
  // A parameter, or a group of parameters, of that name in the file.
  void read_named(const YamlNode& key, const std::string& name, const YamlNode& body);
  void read_group(const YamlNode& body, const std::string& name);
  void read_parameter(const YamlNode& key, const std::string& path, const YamlNode& body);
  // Nothing if the node was refused.
  std::optional<sweep::Values> read_values(const Option& option, const YamlNode& node, bool is_list);
  std::optional<double> read_number(const std::string& name, const YamlNode& node);
  std::optional<sweep::Parameter> read_distribution(const YamlNode& key, const Option& option,
                                                    const YamlNode& body);
  std::optional<sweep::Distribution> find_distribution(const Option& option, const YamlNode& body);
  bool read_word(const Option& option, const std::string& word, const YamlNode& node,
                 sweep::Parameter& parameter);
  void check_parameter(const YamlNode& body, const Option& option, const sweep::Parameter& parameter);
  void merge_equal_values(const Option& option, sweep::Parameter& parameter);
  void read_conditions(const YamlNode& conditions);
  // As W&B reads min_iter with s or max_iter.
  void settle_early_termination();
  void fill_in_metric();
  void check_measured() const;
  void check_metric_names() const;
  void settle_conditions();
  // A check with a key that the sweep varies is left to the single runs; one with a key whose value was
  // refused is left out.
  void check_together();
  void check_sweep() const;
  void check_npy_files() const;
  void check_clipping() const;
  void check_schedule() const;
  void check_reproducible() const;
  void check_device() const;
  void check_metrics() const;
  void check_urls() const;
  // Reports the misfit at the last written of the keys, unless one of them is varied or was refused.
  void report(const std::vector<std::string>& keys, const std::string& message) const;

  // A key that is none of `permitted`, which may follow `prefix`; `value`: what it is given.
  void report_unknown(const YamlNode& key, const std::string& prefix,
                      const std::vector<std::string>& permitted, const YamlNode& value);
  void report_unknown_parameter(const YamlNode& key, const std::string& name, const YamlNode& body);
  // Whether the value of the key, or of the section it is in, was refused: its mistake is already reported.
  bool is_refused(const std::string& key) const;

  Config& config_;
  Diagnostics& diagnostics_;
  Locations locations_;
  std::set<std::string> misfits_;                      // keys and sections whose value was refused
  std::map<std::string, std::string> keys_, metrics_;  // of the sweep: what its names mean
  std::set<std::string> ignored_;                      // of the sweep: names to leave out
  std::set<std::string> used_;                         // the names of these that the sweep had
  std::vector<std::string> arguments_;                 // those that came as arguments
  std::vector<std::string> passed_over_;               // what W&B's file says to W&B alone
  bool is_wandb_ = false;                              // reading a file of W&B's
  bool is_readable_ = true;
};

// "key: expected …, got …", with a "did you mean" for a choice.
std::string misfit(const Option& option, const std::string& got, const std::string& text);

// The keys below `prefix` that a sweep may vary, without it.
std::vector<std::string> sweepable_below(const std::string& prefix);

// The value of a word in a map, or nullptr.
const YamlNode* find_word(const YamlNode& map, std::string_view word);

// The values that the body of a parameter lists, as text; empty if it lists none.
std::vector<std::string> listed_values(const YamlNode& body);

// A node in a message: 'text', or what kind of thing it is.
std::string shown(const YamlNode& node);

}  // namespace cellsweep::config
