// One run of a sweep, from its config to its files.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "comm/communicator.h"
#include "config/config.h"
#include "data/dataset.h"
#include "metrics/observer.h"
#include "model/model_options.h"
#include "sweep/plan.h"
#include "train/trainer.h"

namespace cellsweep::cli {

// The data of the last run, kept for the next one that asks for the same.
class ProblemCache {
 public:
  // Valid until the next call. Throws UserError.
  const data::Problem& get(const data::DataOptions& options);

 private:
  std::optional<data::DataOptions> options_;
  data::Problem problem_;
};

model::ProblemShape problem_shape(const data::Problem& problem);

// What is the same for all runs of a sweep.
struct SweepContext {
  std::string name;
  std::filesystem::path directory;  // rank 0 writes the run's files to directory/run_id
  comm::Communicator& group;
  metrics::Observer& observer;  // rank 0's; does nothing elsewhere
  ProblemCache& cache;
};

// Collective: trains one run and leaves its files. Throws comm::AgreedError, on all ranks alike, where it
// fails.
train::RunResult execute_run(const sweep::PlannedRun& planned, const config::Config& config,
                             SweepContext& context);

}  // namespace cellsweep::cli
