#include "config/config.h"

#include <functional>

#include "base/error.h"
#include "base/file.h"
#include "config/reader.h"

namespace cellsweep::config {
namespace {

// What one section says of another.
void derive(Config& config) {
  config.data.target = config.train.loss == model::Loss::mse ? data::Target::numbers : data::Target::classes;
}

// A config that `fill` makes; throws where it found problems.
Config read_with(const std::string& origin, const Renames& renames, std::span<const Assignment> assignments,
                 const std::function<void(Reader&, Problems&)>& fill) {
  Config config;
  Problems problems(origin);
  Reader reader(config, problems);
  reader.use(renames);
  fill(reader, problems);
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.finish();
  problems.throw_if_any();
  derive(config);
  return config;
}

}  // namespace

Config load_config(const Sources& sources, std::span<const Assignment> assignments) {
  const std::string text = read_file(sources.path, largest_yaml);
  if (sources.sweep_path.empty())
    return read_with(sources.path, sources.renames, assignments,
                     [&](Reader& reader, Problems& problems) { reader.read(parse_yaml(text, problems)); });
  const std::string sweep_text = read_file(sources.sweep_path, largest_yaml);
  return read_with(sources.path, sources.renames, assignments, [&](Reader& reader, Problems& problems) {
    reader.read(parse_yaml(text, problems));
    if (reader.has_sweep())
      throw UserError(sources.path + ": has a sweep of its own; take it out, or leave out " +
                      sources.sweep_path);
    problems.begin_file(sources.sweep_path);
    reader.read_sweep(parse_yaml(sweep_text, problems));
  });
}

Config parse_config(std::string_view text, const std::string& origin,
                    std::span<const Assignment> assignments) {
  return read_with(origin, {}, assignments,
                   [&](Reader& reader, Problems& problems) { reader.read(parse_yaml(text, problems)); });
}

Config parse_own(std::string_view text, const std::string& origin, std::span<const Assignment> assignments) {
  return read_with(origin, {}, assignments, [&](Reader& reader, Problems& problems) {
    reader.read(parse_yaml(text, problems, own_yaml));
  });
}

Config load_saved_config(const std::string& path, std::span<const Assignment> assignments) {
  Config config;
  Problems problems(path);
  Reader reader(config, problems);
  reader.read(parse_yaml(read_file(path, own_yaml.bytes, Links::refused), problems, own_yaml));
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.forget_missing_metric();
  reader.finish();
  problems.throw_if_any();
  derive(config);
  return config;
}

Config without_sweep(Config config) {
  config.sweep.reset();
  return config;
}

Config with_assignments(const Config& base, std::span<const Assignment> assignments) {
  Config config = without_sweep(base);
  Problems problems("configuration");
  Reader reader(config, problems);
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.finish();
  problems.throw_if_any();
  derive(config);
  config.sweep.reset();
  return config;
}

}  // namespace cellsweep::config
