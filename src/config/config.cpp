#include "config/config.h"

#include "base/file.h"
#include "config/reader.h"

namespace cellsweep::config {

Config load_config(const std::string& path, std::span<const Assignment> assignments) {
  return parse_config(read_file(path, largest_yaml), path, assignments);
}

Config parse_config(std::string_view text, const std::string& origin,
                    std::span<const Assignment> assignments) {
  Config config;
  Problems problems(origin);
  Reader reader(config, problems);
  reader.read(parse_yaml(text, problems));
  for (const Assignment& assignment : assignments) reader.assign(assignment);
  reader.check_together();
  problems.throw_if_any();
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
  config.sweep.reset();
  return config;
}

}  // namespace cellsweep::config
