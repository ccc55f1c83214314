#include "job/paths.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/relative_path.h"

namespace cellsweep::job {

void check_paths(const config::Config& config, const std::string& config_file) {
  if (config_file.empty()) return;
  std::vector<std::pair<const char*, std::string>> named{
      {"model.initial_weights", config.model.initial_weights}};
  if (config.data.format == data::Format::idx) named.emplace_back("data.directory", config.data.directory);
  if (config.data.format == data::Format::npy) {
    named.emplace_back("data.train.inputs", config.data.train.inputs);
    named.emplace_back("data.train.labels", config.data.train.labels);
    named.emplace_back("data.validation.inputs", config.data.validation.inputs);
    named.emplace_back("data.validation.labels", config.data.validation.labels);
  }
  const std::filesystem::path folder = std::filesystem::path(config_file).parent_path();
  std::error_code error;
  for (const auto& [key, path] : named) {
    if (path.empty() || std::filesystem::path(path).is_absolute() || std::filesystem::exists(path, error))
      continue;
    if (const auto beside = folder / path; std::filesystem::exists(beside, error))
      throw UserError(std::string(key) + ": " + path + " is not there; did you mean " + beside.string() +
                      "?" + working_directory_note(path).replace(0, 1, ""));
  }
}

}  // namespace cellsweep::job
