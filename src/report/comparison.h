// What the runs of one or more sweeps came to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/run_state.h"
#include "metrics/metric_values.h"
#include "sweep/sweep_options.h"

namespace cellsweep::report {

// A run. A value is missing if the run has none: no epoch, a metric that it does not have, a value that was
// never finite.
struct ComparisonRow {
  std::string run_id;
  std::string sweep;
  std::string sweep_folder;      // the name of the sweep's folder, by folder_names()
  std::filesystem::path folder;  // the run's
  std::int64_t point = 0;        // equal for the repeats of one point of a sweep
  std::string cell;
  RunState state = RunState::planned;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> parameters;
  std::optional<double> best_metric;         // of the comparison's metric, over the epochs
  metrics::MetricValues best;                // of each metric, over the epochs
  metrics::MetricValues last;                // of the last epoch
  std::optional<double> samples_per_second;  // training samples over training time, whole run
  std::int64_t epochs = 0;
  double seconds = 0;
};

struct Comparison {
  sweep::MetricOptions metric;  // of the first directory's sweep; val_loss if no run has that
  std::vector<ComparisonRow> rows;
  bool has_several_sweeps = false;  // as spans_several_sweeps() has it of the rows; filter() keeps it so
};

// Compares the runs of directories, each a sweep's (it holds ledger.jsonl) or one run's inside a sweep's. A
// run that is named twice counts once. Best finished run first by the metric's best value over the epochs,
// then finished runs without one, then the others, otherwise in the order of the ledgers. Throws UserError
// for a directory without a ledger and for unreadable files.
Comparison compare(const std::vector<std::filesystem::path>& directories);

// The names of the metrics that a comparison shows: loss and accuracy, and what else any of its runs has.
struct MetricNames {
  std::vector<std::string> validation;  // "val_accuracy"; the loss comes last
  std::vector<std::string> training;    // "loss", which comes first
};
MetricNames metric_names(const Comparison& comparison);

// As one JSON object, {"metric": {...}, "runs": [...], "points": [...], "importance": {...}}, with null for
// what is unset (summary.h explains the last two).
std::string to_json(const Comparison& comparison);

}  // namespace cellsweep::report
