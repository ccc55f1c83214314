#include "config/config.h"

#include "base/error.h"
#include "base/file.h"
#include "config/reader.h"

namespace cellsweep::config {
namespace {

// What one section says of another.
void derive(Config& config) {
  config.data.target = config.train.loss == model::Loss::mse ? data::Target::numbers : data::Target::classes;
}

Config parse(std::string_view text, const std::string& origin, std::span<const Assignment> assignments,
             const YamlBounds& bounds) {
  Config config;
  Problems problems(origin);
  Reader reader(config, problems);
  reader.read(parse_yaml(text, problems, bounds));
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.check_together();
  problems.throw_if_any();
  derive(config);
  return config;
}

}  // namespace

Config load_config(const std::string& path, std::span<const Assignment> assignments,
                   const std::string& sweep_path) {
  if (sweep_path.empty()) return parse_config(read_file(path, largest_yaml), path, assignments);
  Config config = load_config(path, assignments);
  if (config.sweep)
    throw UserError(path + ": has a sweep of its own; take it out, or leave out " + sweep_path);
  Problems problems(sweep_path);
  Reader reader(config, problems);
  reader.read_sweep(parse_yaml(read_file(sweep_path, largest_yaml), problems));
  for (const auto& [key, text] : assignments)
    if (config.sweep && config.sweep->parameters.contains(key))
      problems.add({.assignment = "--set " + key + "=" + text}, key + " is varied by the sweep");
  reader.check_together();
  problems.throw_if_any();
  derive(config);
  return config;
}

Config parse_config(std::string_view text, const std::string& origin,
                    std::span<const Assignment> assignments) {
  return parse(text, origin, assignments, users_yaml);
}

Config parse_own(std::string_view text, const std::string& origin, std::span<const Assignment> assignments) {
  return parse(text, origin, assignments, own_yaml);
}

Config load_saved_config(const std::string& path, std::span<const Assignment> assignments) {
  Config config;
  Problems problems(path);
  Reader reader(config, problems);
  reader.read(parse_yaml(read_file(path, own_yaml.bytes, Links::refused), problems, own_yaml));
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.forget_missing_metric();
  reader.check_together();
  problems.throw_if_any();
  derive(config);
  return config;
}

Config with_assignments(const Config& base, std::span<const Assignment> assignments) {
  Config config = base;
  config.sweep.reset();
  Problems problems("configuration");
  Reader reader(config, problems);
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.check_together();
  problems.throw_if_any();
  derive(config);
  config.sweep.reset();
  return config;
}

}  // namespace cellsweep::config
