// What the runs of one or more sweeps came to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sweep/sweep_options.h"

namespace cellsweep::report {

// A run. A figure is unset where the run has none: no epoch, a regression's accuracy, a value that was never
// finite.
struct ComparisonRow {
  std::string run_id;
  std::string sweep;
  std::filesystem::path folder;  // the run's
  std::int64_t point = 0;        // equal for the repeats of one point of a sweep
  std::string cell;
  std::string status;  // planned, running, finished, diverged, pruned, failed
  std::string reason;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::optional<double> best_metric;  // of the comparison's metric, over the epochs
  std::optional<double> best_val_accuracy;
  std::optional<double> last_val_accuracy;
  std::optional<double> best_val_loss;
  std::optional<double> last_val_loss;
  std::optional<double> loss;  // of the last epoch, as is accuracy
  std::optional<double> accuracy;
  std::optional<double> samples_per_second;  // training samples over training time, whole run
  std::int64_t epochs = 0;
  double seconds = 0;
};

struct Comparison {
  sweep::MetricOptions
      metric;  // of the first directory's sweep; val_loss where no run has that one's accuracy
  std::vector<ComparisonRow> rows;
};

// Compares the runs of directories, each a sweep's (it holds ledger.jsonl) or one run's inside a sweep's. A
// run that is named twice counts once. Best finished run first by the metric's best value over the epochs,
// then finished runs without one, then the others, otherwise in the order of the ledgers. Throws UserError
// for a directory without a ledger and for unreadable files.
Comparison compare(const std::vector<std::filesystem::path>& directories);

// As one JSON object, {"metric": {...}, "runs": [...], "points": [...], "importance": {...}}, with null for
// what is unset (summary.h tells of the last two).
std::string to_json(const Comparison& comparison);

}  // namespace cellsweep::report
