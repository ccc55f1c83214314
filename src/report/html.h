// The comparison as one HTML file that needs nothing else: no server, no network.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "report/comparison.h"

namespace cellsweep::report {

// How a run's network took the validation samples: counts[true class][predicted class].
struct Confusion {
  std::string run;                                // by name_of()
  std::vector<std::vector<std::int64_t>> counts;  // empty: there are none, for the reason below
  std::string reason;
  std::vector<std::string> names;  // of the classes; empty: their numbers
};

// The page: learning curves, parallel coordinates, times and sizes by cell, confusion matrix, tables and
// configs. Reads the histories and configs of the runs' folders; curves and configs of the first 200 runs
// only. `trainable_parameters` is by name_of() the run. What names and values hold cannot break out of the
// page. Throws UserError for unreadable histories.
std::string to_html(const Comparison& comparison, const Confusion& confusion,
                    const std::map<std::string, std::int64_t>& trainable_parameters);

}  // namespace cellsweep::report
