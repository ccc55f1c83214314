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

// A config that `fill` makes; throws if it found diagnostics.
Config read_with(const std::string& origin, const Renames& renames, std::span<const Assignment> assignments,
                 const std::function<void(Reader&, Diagnostics&)>& fill) {
  Config config;
  Diagnostics diagnostics(origin);
  Reader reader(config, diagnostics);
  reader.use(renames);
  fill(reader, diagnostics);
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.finish();
  diagnostics.throw_if_any();
  derive(config);
  return config;
}

}  // namespace

Config load_config(const Sources& sources, std::span<const Assignment> assignments) {
  const std::string text = read_file(sources.path, largest_yaml);
  if (sources.sweep_path.empty())
    return read_with(
        sources.path, sources.renames, assignments,
        [&](Reader& reader, Diagnostics& diagnostics) { reader.read(parse_yaml(text, diagnostics)); });
  const std::string sweep_text = read_file(sources.sweep_path, largest_yaml);
  return read_with(sources.path, sources.renames, assignments, [&](Reader& reader, Diagnostics& diagnostics) {
    reader.read(parse_yaml(text, diagnostics));
    if (reader.has_sweep())
      throw UserError(sources.path + ": has a sweep of its own; take it out, or leave out " +
                      sources.sweep_path);
    diagnostics.begin_file(sources.sweep_path);
    reader.read_sweep(parse_yaml(sweep_text, diagnostics));
  });
}

Config parse_config(std::string_view text, const std::string& origin,
                    std::span<const Assignment> assignments) {
  return read_with(origin, {}, assignments, [&](Reader& reader, Diagnostics& diagnostics) {
    reader.read(parse_yaml(text, diagnostics));
  });
}

Config parse_own(std::string_view text, const std::string& origin, std::span<const Assignment> assignments) {
  return read_with(origin, {}, assignments, [&](Reader& reader, Diagnostics& diagnostics) {
    reader.read(parse_yaml(text, diagnostics, own_yaml));
  });
}

Config load_saved_config(const std::string& path, std::span<const Assignment> assignments) {
  Config config;
  Diagnostics diagnostics(path);
  Reader reader(config, diagnostics);
  reader.read(parse_yaml(read_file(path, own_yaml.bytes, Links::refused), diagnostics, own_yaml));
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.forget_missing_metric();
  reader.finish();
  diagnostics.throw_if_any();
  derive(config);
  return config;
}

Config without_sweep(Config config) {
  config.sweep.reset();
  return config;
}

Config with_assignments(const Config& base, std::span<const Assignment> assignments) {
  Config config = without_sweep(base);
  Diagnostics diagnostics("configuration");
  Reader reader(config, diagnostics);
  for (const Assignment& assignment : assignments) reader.assign(assignment, "");
  reader.finish();
  diagnostics.throw_if_any();
  derive(config);
  config.sweep.reset();
  return config;
}

}  // namespace cellsweep::config
