// A run of a comparison.
#pragma once

#include <cstdint>
#include <string>

#include "report/comparison.h"

namespace cellsweep::report {

inline ComparisonRow row(const std::string& id, const std::string& cell, const std::string& rate,
                         double accuracy, std::int64_t point = 0, const std::string& seed = "1") {
  ComparisonRow made;
  made.run_id = id;
  made.sweep_folder = "runs/s";
  made.folder = "runs/s/" + id;
  made.point = point;
  made.cell = cell;
  made.state = RunState::finished;
  made.parameters = {{"model.cell", cell}, {"train.optimizer.learning_rate", rate}, {"train.seed", seed}};
  made.best_metric = made.best["val_accuracy"] = accuracy;
  made.seconds = 10 * accuracy;
  return made;
}

}  // namespace cellsweep::report
