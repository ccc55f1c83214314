// Values that are not changed any more, and perhaps shared with other processes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace cellsweep::data {

// Copies share the values. Any number of threads may read.
template <class Value>
class Array : public std::span<const Value> {
 public:
  Array() = default;
  Array(std::vector<Value> values)  // NOLINT: as a vector's values are to become an array's everywhere
      : Array(std::make_shared<const std::vector<Value>>(std::move(values))) {}
  // `owner` keeps the values alive.
  Array(std::span<const Value> values, std::shared_ptr<const void> owner)
      : std::span<const Value>(values), owner_(std::move(owner)) {}

  friend bool operator==(const Array& a, const Array& b) { return std::ranges::equal(a, b); }

 private:
  explicit Array(std::shared_ptr<const std::vector<Value>> values)
      : std::span<const Value>(*values), owner_(std::move(values)) {}

  std::shared_ptr<const void> owner_;
};

}  // namespace cellsweep::data
