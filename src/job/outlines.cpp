#include "job/outlines.h"

#include <algorithm>

namespace cellsweep::job {

const data::Splits& Outlines::get(const data::DataOptions& options) {
  const auto known = std::ranges::find(read_, options, [](const auto& entry) { return entry.first; });
  if (known != read_.end()) return known->second;
  data::Splits splits = data::outline_splits(options);
  return read_.emplace_back(options, std::move(splits)).second;
}

}  // namespace cellsweep::job
