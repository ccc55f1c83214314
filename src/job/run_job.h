// One run of a sweep, from its config to its files.
#pragma once

#include <filesystem>
#include <string>

#include "train/trainer.h"

namespace cellsweep {

class FolderLease;
class SignalWatch;

namespace config {
struct Config;
}
namespace sweep {
class MessageLoop;
class Worker;
struct RunAssignment;
}  // namespace sweep

namespace job {

struct Compute;
class SplitsCache;

// What is the same for all runs that a group trains.
struct SweepContext {
  std::string name;                 // of the sweep
  std::filesystem::path directory;  // the group's first rank writes a run's files to directory/run_id
  comm::Communicator& group;
  sweep::Worker& worker;
  sweep::MessageLoop& messages;
  metrics::Observer* exporter;  // of the group's first rank; null if there is none
  SplitsCache& cache;
  const Compute& compute;
  const FolderLease& lease;  // of `directory`
  const SignalWatch& signals;
};

// Collective over context.group: trains one run and leaves its files. They take the place of those of an
// earlier attempt or, if the assignment says so, the run resumes from that attempt's newest checkpoint.
// `config` is that of the run. Throws comm::CollectiveError, on all ranks alike, if the run fails.
train::RunResult run_job(const sweep::RunAssignment& assignment, const config::Config& config,
                         const SweepContext& context);

}  // namespace job
}  // namespace cellsweep
