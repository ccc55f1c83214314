// Metrics by name.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellsweep::metrics {

// Values by name, in the order in which they were set. There are a few of them, so they are searched one by
// one. Not thread-safe while it is changed.
class MetricValues {
 public:
  using Entry = std::pair<std::string, double>;
  MetricValues() = default;
  MetricValues(std::initializer_list<Entry> entries) : entries_(entries) {}

  // The value of that name; unset if there is none.
  std::optional<double> find(std::string_view name) const {
    for (const auto& [key, value] : entries_)
      if (key == name) return value;
    return std::nullopt;
  }
  // The value of that name; a new one, after all others, is 0.
  double& operator[](std::string_view name) {
    for (auto& [key, value] : entries_)
      if (key == name) return value;
    return entries_.emplace_back(name, 0.0).second;
  }
  void erase(std::string_view name) {
    std::erase_if(entries_, [&](const Entry& entry) { return entry.first == name; });
  }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  bool operator==(const MetricValues&) const = default;

 private:
  std::vector<Entry> entries_;
};

}  // namespace cellsweep::metrics
