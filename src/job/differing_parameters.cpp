#include "job/differing_parameters.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/error.h"
#include "base/file_names.h"
#include "config/config.h"
#include "config/option.h"
#include "report/names.h"

namespace cellsweep::job {
namespace {

namespace fs = std::filesystem;
using Configs = std::map<fs::path, std::optional<config::Config>>;  // by the sweep's folder

Configs load_configs(const report::Comparison& comparison) {
  Configs configs;
  for (const report::ComparisonRow& row : comparison.rows) {
    const fs::path folder = row.folder.parent_path();
    if (configs.contains(folder)) continue;
    auto& config = configs[folder];
    try {
      config = config::load_saved_config(folder / file_names::sweep_config);
    } catch (const Error&) {
      continue;  // the comparison needs the ledger alone
    }
  }
  return configs;
}

bool has_parameter(const report::ComparisonRow& row, const std::string& key) {
  return std::ranges::any_of(row.parameters, [&](const auto& each) { return each.first == key; });
}

// What all runs of the sweep have; nothing if it varies the key, perhaps in some runs only.
std::optional<std::string> common_value(const std::optional<config::Config>& config,
                                        const config::Option& option) {
  if (!config || (config->sweep && config->sweep->parameters.contains(option.key))) return std::nullopt;
  return config::format_value(option, option.get(*config));
}

}  // namespace

void add_differing_parameters(report::Comparison& comparison) {
  if (!comparison.has_several_sweeps) return;
  const Configs configs = load_configs(comparison);
  for (const config::Option& option : config::options()) {
    if (!config::is_sweepable(option.key)) continue;
    std::set<std::string> values;
    for (const auto& [folder, config] : configs)
      if (const auto value = common_value(config, option)) values.insert(*value);
    const bool is_varied =
        std::ranges::any_of(comparison.rows, [&](const auto& row) { return has_parameter(row, option.key); });
    if (values.size() < 2 && !is_varied) continue;
    for (report::ComparisonRow& row : comparison.rows)
      if (!has_parameter(row, option.key))
        if (const auto value = common_value(configs.at(row.folder.parent_path()), option))
          row.parameters.emplace_back(option.key, *value);
  }
}

}  // namespace cellsweep::job
