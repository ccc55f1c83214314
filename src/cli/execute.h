// One run of a sweep, from its config to its files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cli/commands.h"
#include "comm/communicator.h"
#include "config/config.h"
#include "data/dataset.h"
#include "metrics/observer.h"
#include "model/model_options.h"
#include "model/network.h"
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

// Collective. Rank 0 alone reads the file and tells the others: a file that changes meanwhile, or is not on
// every host, does no harm. Throws comm::AgreedError.
config::Config load_together(const RunArguments& arguments, comm::Communicator& world);

// Sets the deadline of waits, and warns where more threads are asked for than the launcher gave this rank
// cores.
void prepare_process(const comm::ParallelOptions& options, comm::MpiSession& session);

// The network of a run, for `group`, where each rank has `shards` shards. Throws UserError, where the config
// does not fit the problem too.
std::unique_ptr<model::Network> make_run_network(const config::Config& config, const data::Problem& problem,
                                                 std::int64_t shards, comm::Communicator& group);

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
