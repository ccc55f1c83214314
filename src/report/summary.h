// What the rows of a comparison say together.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/comparison.h"

namespace cellsweep::report {

// The repeats of one point: finished runs that differ in train.seed alone.
struct PointSummary {
  std::string sweep_folder;
  std::vector<std::string> run_ids;
  std::vector<std::pair<std::string, std::string>> parameters;  // without train.seed
  double mean = 0;                                              // of the runs' best values of the metric
  std::optional<double> deviation = {};  // sample standard deviation (n - 1); unset for one run
};

// Best mean first. Runs without a value of the metric do not count.
std::vector<PointSummary> summarise_points(const Comparison& comparison);

// How much each parameter moved the metric: the share of the variance of the finished runs' best values that
// the parameter's values explain, largest first. It is the correlation ratio η² (Pearson, 1905) between the
// runs of equal value, or, for numbers of which most occur once, the square of Spearman's rank correlation
// (Am. J. Psychol. 15, 1904). Empty below four runs, or if all came to the same. train.seed is no
// parameter here.
std::vector<std::pair<std::string, double>> importance(const Comparison& comparison);

}  // namespace cellsweep::report
