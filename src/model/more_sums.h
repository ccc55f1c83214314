// Sums over samples that metrics need beside the loss and the hits. The host's engines and a GPU add a sample
// by the same function.
#pragma once

#include <cstdint>

#include "base/host_device.h"

namespace cellsweep::model {

// What is summed up over samples; metrics that need the same share it.
enum class MoreSums {
  none,
  top_5_hits,      // samples with fewer than 5 outputs above that of their label
  class_counts,    // of each class: samples that are it; that are taken for it; of both, those of its own
  absolute_error,  // |output - target|
  squared_error,   // (output - target)^2
};

// Where each kind begins among the sums; below 0: there is none.
struct SumsLayout {
  std::int64_t classes = 0;
  std::int64_t top_5_hits = -1;
  std::int64_t class_counts = -1;  // (3, classes)
  std::int64_t absolute_error = -1;
  std::int64_t squared_error = -1;
  std::int64_t size = 0;  // of all
};

// Adds a sample with `classes` outputs and that label, or one output and that target, to sums (size). If
// outputs are equal, the first counts as the largest, as for the hits.
CELLSWEEP_HOST_DEVICE inline void add_sample(const SumsLayout& layout, const float* outputs,
                                             std::int32_t label, float target, double* sums) {
  if (layout.top_5_hits >= 0) {
    std::int64_t above = 0;
    for (std::int64_t i = 0; i < layout.classes; ++i) above += outputs[i] > outputs[label] ? 1 : 0;
    if (above < 5) sums[layout.top_5_hits] += 1;
  }
  if (layout.class_counts >= 0) {
    std::int64_t found = 0;
    for (std::int64_t i = 1; i < layout.classes; ++i)
      if (outputs[i] > outputs[found]) found = i;
    double* const counts = sums + layout.class_counts;
    counts[label] += 1;
    counts[layout.classes + found] += 1;
    if (found == label) counts[2 * layout.classes + label] += 1;
  }
  const double error = static_cast<double>(outputs[0]) - target;
  if (layout.absolute_error >= 0) sums[layout.absolute_error] += error < 0 ? -error : error;
  if (layout.squared_error >= 0) sums[layout.squared_error] += error * error;
}

}  // namespace cellsweep::model
