// Fills a Config from YAML and from assignments, and collects what is wrong on the way.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "config/config.h"
#include "config/option.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace cellsweep::config {

// Where each key was written; keys left at their default are not in it.
using Places = std::map<std::string, Place, std::less<>>;

class Reader {
 public:
  Reader(Config& config, Problems& problems) : config_(config), problems_(problems) {}

  // A whole file.
  void read(const YamlNode& root);
  // A file of W&B's, which is a sweep as a whole.
  void read_sweep(const YamlNode& root);
  // One --set key=value. A key that the sweep varies cannot be assigned.
  void assign(const Assignment& assignment);
  // Of a file that a former version wrote: takes a metric for not given that not all runs have.
  void forget_missing_metric();
  // Fills in what follows from other keys, then checks what concerns several. A check with a key that the
  // sweep varies is left to the single runs; one with a key whose value was refused is left out.
  void check_together();

 private:
  void read_section(const YamlNode& section, const std::string& prefix);
  void read_option(const Option& option, const YamlNode& node);
  void read_parameters(const YamlNode& parameters, const std::string& prefix);
  void read_parameter(const YamlNode& key, const std::string& path, const YamlNode& body);
  // Nothing where the node was refused.
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
  void fill_in_metric();
  void check_figures() const;
  void settle_conditions();
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

  Config& config_;
  Problems& problems_;
  Places places_;
  std::set<std::string> misfits_;  // keys whose value was refused
  bool is_readable_ = true;
};

// "unknown key 'x'; did you mean 'y'? permitted: …" for a key that is none of the `permitted` ones.
std::string unknown_key(std::string_view key, const std::vector<std::string>& permitted);

// "key: expected …, got …", with a "did you mean" for a choice.
std::string misfit(const Option& option, const std::string& got, const std::string& text);

// The key that `word` may have been meant to be, wherever it stands, or an empty string.
std::string similar_key(std::string_view word);

// A node in a message: 'text', or what kind of thing it is.
std::string shown(const YamlNode& node);

}  // namespace cellsweep::config
