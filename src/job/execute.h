// One run of a sweep, from its config to its files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/folder_lease.h"
#include "base/signals.h"
#include "comm/communicator.h"
#include "config/config.h"
#include "data/dataset.h"
#include "job/compute.h"
#include "job/run_arguments.h"
#include "job/shared_splits.h"
#include "metrics/observer.h"
#include "sweep/plan.h"
#include "sweep/worker.h"
#include "train/trainer.h"

namespace cellsweep::job {

// Collective. Rank 0 alone reads the file and tells the others: a file that changes meanwhile, or is not on
// every host, does no harm. Throws comm::CollectiveError.
config::Config load_together(const RunArguments& arguments, comm::Communicator& world);

// Sets the deadline of waits, and warns where more threads are asked for than the launcher gave this rank
// cores.
void prepare_process(const comm::ParallelOptions& options, comm::MpiSession& session);

// What is the same for all runs of a sweep.
struct SweepContext {
  std::string name;
  std::filesystem::path directory;  // the group's first rank writes a run's files to directory/run_id
  comm::Communicator& group;
  sweep::Worker& worker;
  metrics::Observer* exporter;  // of the group's first rank; null where there is none
  SplitsCache& cache;
  const Compute& compute;
  const FolderLease& lease;  // of `directory`
  const SignalWatch& signals;
};

// The ledger's word for how a run ended.
std::string status_of(const train::RunResult& result);

// Collective over the group: trains one run and leaves its files, in place of those of an attempt before, or,
// where the job says so, goes on from that one's newest checkpoint.
// Throws comm::CollectiveError, on all ranks alike, where it fails.
train::RunResult execute_run(const sweep::RunAssignment& assignment, const config::Config& config,
                             SweepContext& context);

}  // namespace cellsweep::job
