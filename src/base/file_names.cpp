#include "base/file_names.h"

#include <spdlog/fmt/fmt.h>

#include <charconv>

namespace cellsweep::file_names {
namespace {

// metrics.om, or what rotated_metrics() gives.
bool is_metrics(std::string_view name) {
  constexpr std::string_view begin = "metrics", end = ".om";
  if (!name.starts_with(begin) || !name.ends_with(end) || name.size() < begin.size() + end.size())
    return false;
  const std::string_view part = name.substr(begin.size(), name.size() - begin.size() - end.size());
  return part.empty() || (part.size() > 1 && part[0] == '-' &&
                          part.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

std::string rotated_metrics(int number) {
  return fmt::format("metrics-{}.om", number);
}

std::string step_checkpoint(std::int64_t step) {
  return fmt::format("step-{:010}.safetensors", step);
}

std::optional<std::int64_t> step_of_checkpoint(std::string_view name) {
  constexpr std::string_view begin = "step-";
  if (!name.starts_with(begin)) return std::nullopt;
  std::int64_t step = 0;
  std::from_chars(name.data() + begin.size(), name.data() + name.size(), step);
  return step >= 0 && name == step_checkpoint(step) ? std::optional(step) : std::nullopt;
}

bool is_sweep_file(std::string_view name) {
  return name == sweep_config || name == owner;
}

bool is_run_result(std::string_view name) {
  return name == history || name == weights || is_metrics(name);
}

bool is_run_file(std::string_view name) {
  return name == run_config || is_run_result(name);
}

}  // namespace cellsweep::file_names
