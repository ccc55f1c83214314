#include "terminal/progress_bar.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

namespace cellsweep::terminal {
namespace {

constexpr std::int64_t bar_cells = 20;
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view white = "\x1b[37m";
constexpr std::string_view plain = "\x1b[0m";

std::string cells(std::int64_t count) {
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += "━";
  return text;
}

std::string paint(std::string_view code, const std::string& text) {
  return text.empty() ? text : fmt::format("{}{}{}", code, text, plain);
}

}  // namespace

std::string format_metrics(const metrics::MetricValues& metrics) {
  std::vector<metrics::MetricValues::Entry> sorted(metrics.begin(), metrics.end());
  std::ranges::sort(sorted, {}, &metrics::MetricValues::Entry::first);
  std::string text;
  for (const auto& [name, value] : sorted) {
    text += fmt::format(" - {}: ", name);
    text += std::abs(value) > 1e-3 ? fmt::format("{:.4f}", value) : fmt::format("{:.4e}", value);
  }
  return text;
}

std::string format_step_time(double seconds) {
  if (seconds >= 1 || seconds == 0) return fmt::format("{:.0f}s/step", seconds);
  if (seconds >= 10e-3) return fmt::format("{:.0f}ms/step", seconds * 1e3);
  if (seconds >= 1e-3) return fmt::format("{:.2f}ms/step", seconds * 1e3);
  return fmt::format("{:.0f}us/step", seconds * 1e6);
}

std::string format_time_left(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds);
  if (seconds > 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole % 3600 / 60, whole % 60);
  if (seconds > 60) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}s", whole);
}

std::string format_bar(std::int64_t done, std::int64_t total, bool colour) {
  const std::string last = fmt::format("{}", total);
  const std::string count = fmt::format("{:>{}}/{}", done, last.size(), last);
  if (!colour) return count + " " + cells(bar_cells);
  const std::int64_t full = total > 0 ? std::min(bar_cells, bar_cells * done / total) : 0;
  return paint(bold, count) + " " + paint(green, cells(full)) + paint(white, cells(bar_cells - full));
}

double seconds_per_step(double seconds, double first_step_seconds, std::int64_t steps) {
  if (steps > 1) return std::max(0.0, seconds - first_step_seconds) / static_cast<double>(steps - 1);
  return steps == 1 ? seconds : 0;
}

}  // namespace cellsweep::terminal
