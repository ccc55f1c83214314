// One run of a sweep, from its config to its files.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/fence.h"
#include "base/signals.h"
#include "cli/commands.h"
#include "cli/compute.h"
#include "cli/shared_problem.h"
#include "comm/communicator.h"
#include "config/config.h"
#include "data/dataset.h"
#include "metrics/observer.h"
#include "sweep/member.h"
#include "sweep/plan.h"
#include "train/trainer.h"

namespace cellsweep::cli {

// Collective. Rank 0 alone reads the file and tells the others: a file that changes meanwhile, or is not on
// every host, does no harm. Throws comm::AgreedError.
config::Config load_together(const RunArguments& arguments, comm::Communicator& world);

// Sets the deadline of waits, and warns where more threads are asked for than the launcher gave this rank
// cores.
void prepare_process(const comm::ParallelOptions& options, comm::MpiSession& session);

// What is the same for all runs of a sweep.
struct SweepContext {
  std::string name;
  std::filesystem::path directory;  // the group's first rank writes a run's files to directory/run_id
  comm::Communicator& group;
  sweep::Member& member;
  metrics::Observer* exporter;  // of the group's first rank; null where there is none
  ProblemCache& cache;
  const Compute& compute;
  const Fence& fence;  // of `directory`
  const SignalWatch& signals;
};

// The ledger's word for how a run ended.
std::string status_of(const train::RunResult& result);

// Collective over the group: trains one run and leaves its files, in place of those of an attempt before, or,
// where the job says so, goes on from that one's newest checkpoint.
// Throws comm::AgreedError, on all ranks alike, where it fails.
train::RunResult execute_run(const sweep::Job& job, const config::Config& config, SweepContext& context);

}  // namespace cellsweep::cli
