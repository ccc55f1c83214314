#include "cli/outlines.h"

#include <algorithm>

namespace cellsweep::cli {

const data::Problem& Outlines::get(const data::DataOptions& options) {
  const auto known = std::ranges::find(read_, options, [](const auto& entry) { return entry.first; });
  if (known != read_.end()) return known->second;
  data::Problem problem = data::outline_problem(options);
  return read_.emplace_back(options, std::move(problem)).second;
}

}  // namespace cellsweep::cli
