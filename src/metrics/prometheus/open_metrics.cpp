#include "metrics/prometheus/open_metrics.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace cellsweep::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

constexpr std::size_t most_times = 64;

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

// "1700000000.123"
std::string seconds_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  return fmt::format("{}{}.{:03}", count < 0 ? "-" : "", std::abs(count) / 1000, std::abs(count) % 1000);
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') result += '\\';
    result += c;
  }
  return result;
}

// {a="1",b="2"}, with `more` after them.
std::string braces(const std::vector<ClientMetric::Label>& labels, const std::string& more = "") {
  std::string text;
  for (const auto& [name, value] : labels)
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(value));
  if (!more.empty()) text += (text.empty() ? "" : ",") + more;
  return "{" + text + "}";
}

// The family's name is without the ending that OpenMetrics gives the samples of a counter.
std::string family_name(const prometheus::MetricFamily& family) {
  constexpr std::string_view ending = "_total";
  if (family.type != MetricType::Counter || !family.name.ends_with(ending)) return family.name;
  return family.name.substr(0, family.name.size() - ending.size());
}

std::string type_name(MetricType type) {
  return type == MetricType::Counter ? "counter" : type == MetricType::Histogram ? "histogram" : "gauge";
}

std::vector<std::string> sample_names(const prometheus::MetricFamily& family,
                                      const std::vector<ClientMetric::Label>& labels,
                                      const ClientMetric& metric) {
  if (family.type != MetricType::Histogram) return {family.name + braces(labels)};
  std::vector<std::string> names;
  for (const auto& bucket : metric.histogram.bucket)
    names.push_back(family.name + "_bucket" +
                    braces(labels, fmt::format("le=\"{}\"", number(bucket.upper_bound))));
  names.push_back(family.name + "_sum" + braces(labels));
  names.push_back(family.name + "_count" + braces(labels));
  return names;
}

std::vector<double> sample_values(MetricType type, const ClientMetric& metric) {
  if (type == MetricType::Counter) return {metric.counter.value};
  if (type == MetricType::Gauge) return {metric.gauge.value};
  std::vector<double> values;
  for (const auto& bucket : metric.histogram.bucket)
    values.push_back(static_cast<double>(bucket.cumulative_count));
  values.push_back(metric.histogram.sample_sum);
  values.push_back(static_cast<double>(metric.histogram.sample_count));
  return values;
}

}  // namespace

void OpenMetrics::record(std::chrono::milliseconds time,
                         const std::vector<prometheus::MetricFamily>& families) {
  if (!times_.empty()) time = std::max(time, times_.back() + std::chrono::milliseconds(1));
  // Before, not after: the latest values stay.
  if (times_.size() == most_times) thin_out();
  for (const prometheus::MetricFamily& family : families) {
    const auto [place, is_new] = places_.emplace(family.name, families_.size());
    if (is_new) {
      const std::string name = family_name(family);
      families_.push_back({.head = fmt::format("# TYPE {0} {1}\n# HELP {0} {2}\n", name,
                                               type_name(family.type), escaped(family.help)),
                           .metrics = {},
                           .places = {}});
    }
    record(time, family, families_[place->second]);
  }
  times_.push_back(time);
  since_recorded_.restart();
}

void OpenMetrics::record(std::chrono::milliseconds time, const prometheus::MetricFamily& from, Family& to) {
  for (const ClientMetric& metric : from.metric) {
    std::vector<ClientMetric::Label> labels = labels_;
    labels.insert(labels.end(), metric.label.begin(), metric.label.end());
    const auto [place, is_new] = to.places.emplace(braces(labels), to.metrics.size());
    if (is_new) to.metrics.push_back({.samples = sample_names(from, labels, metric), .points = {}});
    to.metrics[place->second].points.push_back({time, sample_values(from.type, metric)});
  }
}

void OpenMetrics::thin_out() {
  std::vector<std::chrono::milliseconds> kept;
  for (std::size_t i = 0; i < times_.size(); i += 2) kept.push_back(times_[i]);
  times_ = std::move(kept);
  interval_ *= 2;
  for (Family& family : families_)
    for (Metric& metric : family.metrics)
      std::erase_if(metric.points,
                    [&](const Point& point) { return !std::ranges::binary_search(times_, point.time); });
}

std::string OpenMetrics::text(std::chrono::milliseconds zero) const {
  std::string text;
  for (const Family& family : families_) {
    text += family.head;
    for (const Metric& metric : family.metrics)
      for (const Point& point : metric.points)
        for (std::size_t i = 0; i < point.values.size(); ++i)
          text += fmt::format("{} {} {}\n", metric.samples[i], number(point.values[i]),
                              seconds_text(zero + point.time));
  }
  return text + "# EOF\n";
}

}  // namespace cellsweep::metrics
