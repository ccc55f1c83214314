#include "job/sweep_folder.h"

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/file_names.h"
#include "base/folder.h"
#include "job/output.h"
#include "job/same_sweep.h"
#include "sweep/run_folder.h"
#include "train/checkpoint/checkpoint_folder.h"

namespace cellsweep::job {
namespace {

namespace fs = std::filesystem;

sweep::LedgerState planned(const config::Config& config, const sweep::MetricOptions& metric,
                           const std::vector<sweep::PlannedRun>& runs) {
  sweep::LedgerState state{.sweep = config.name, .metric = metric, .runs = {}};
  for (const sweep::PlannedRun& run : runs) state.runs.push_back({.planned = run});
  return state;
}

bool is_there(const fs::path& path) {
  std::error_code unreadable;
  return fs::symlink_status(path, unreadable).type() != fs::file_type::not_found;
}

bool has_sweep(const fs::path& directory) {
  return is_there(directory / file_names::sweep_config);
}

// Where a sweep may begin: a folder that has nothing but what a job left that was killed before it began one.
void check_empty(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (file_names::is_sweep_file(name.substr(0, name.rfind(temporary_mark)))) continue;
    if (name == file_names::ledger && is_own_file(entry.path()) && entry.file_size() == 0) continue;
    // Another job may have begun one meanwhile.
    if (has_sweep(directory)) return;
    throw UserError(directory.string() + ": is not empty, and has no " +
                    std::string(file_names::sweep_config) +
                    ", so no sweep was begun there; name the folder of a sweep, or one that is empty or "
                    "not there yet");
  }
}

// A ledger that lost its plan knows of no run, and all would begin anew.
void check_no_run(const fs::path& directory) {
  for (const auto& entry : fs::directory_iterator(directory))
    if (is_own_folder(entry.path()) && is_own_file(entry.path() / file_names::run_config))
      throw UserError((directory / file_names::ledger).string() +
                      ": is missing or has lost its plan, but there are runs, such as " +
                      entry.path().string() +
                      ", which would be trained again and lost; put the file back, or " +
                      "begin a new sweep in another folder");
}

// A ledger that was cut off after its plan takes runs that are over for runs to come.
void check_not_trained(const fs::path& directory, const std::vector<sweep::LedgerRun>& runs) {
  for (const sweep::LedgerRun& run : runs)
    if (run.attempts == 0 && run.state == RunState::planned &&
        sweep::has_trained_run(directory / run.planned.run_id))
      throw UserError((directory / file_names::ledger).string() + ": does not know that run " +
                      run.planned.run_id + " was begun, but " + (directory / run.planned.run_id).string() +
                      " has its weights, which would be lost; put the whole file back, or move that folder "
                      "elsewhere");
}

// `folder` has its ledger, and nobody else writes to it.
void begin_sweep(SweepFolder& folder, const config::Config& config, const sweep::MetricOptions& metric,
                 const std::vector<sweep::PlannedRun>& runs) {
  folder.past = planned(config, metric, runs);
  folder.lease = FolderLease::take(folder.directory);
  remove_temporaries(folder.directory, file_names::is_sweep_file);
  write_file(folder.directory / file_names::sweep_config, config::to_yaml(config));
  folder.ledger->planned(config.name, metric, runs);
}

// As begin_sweep(). Writes nothing before all has been looked at.
void resume_sweep(SweepFolder& folder, const config::Config& config, const sweep::MetricOptions& metric,
                  const std::vector<sweep::PlannedRun>& runs, int ranks) {
  check_same_sweep(folder.directory,
                   config::load_saved_config((folder.directory / file_names::sweep_config).string()), config);
  const fs::path ledger = folder.directory / file_names::ledger;
  folder.past = sweep::read_ledger(ledger);
  const bool has_plan = !folder.past.runs.empty();
  if (!has_plan) {
    check_no_run(folder.directory);
    folder.past = planned(config, metric, runs);
  } else if (!is_same_plan(folder.past.runs, runs, config::sweep_of(config))) {
    throw UserError(ledger.string() + ": its runs are not those of " + std::string(file_names::sweep_config) +
                    "; was one of the files changed?");
  }
  check_not_trained(folder.directory, folder.past.runs);
  folder.lease = FolderLease::take(folder.directory);
  remove_temporaries(folder.directory, file_names::is_sweep_file);
  // Runs that were killed and are over, such as pruned ones, are not opened again.
  for (const sweep::LedgerRun& run : folder.past.runs) {
    sweep::remove_temporary_run_files(folder.directory / run.planned.run_id);
    train::remove_temporary_checkpoints(folder.directory / run.planned.run_id / file_names::checkpoints);
  }
  if (has_plan)
    folder.ledger->resumed(ranks);
  else
    folder.ledger->planned(config.name, metric, runs);
}

// If a job was requeued, its former start is over; but a process of it on a host that is cut off may not know
// that, and still hold the lock.
std::unique_ptr<sweep::Ledger> lock_ledger(const fs::path& directory) {
  const bool takes_over = JobIdentity::mine().follows(owner_of(directory));
  return std::make_unique<sweep::Ledger>(directory / file_names::ledger, takes_over);
}

}  // namespace

config::Config load_resumed(const RunArguments& arguments) {
  const fs::path directory = arguments.resume;
  if (!has_sweep(directory)) {
    if (arguments.file.empty())
      throw UserError(arguments.resume + ": has no " + std::string(file_names::sweep_config) +
                      ", so no sweep was begun there; name the folder of a sweep, or a FILE that begins one");
    return config::load_config(arguments.sources(), arguments.assignments);
  }
  const std::string saved = (directory / file_names::sweep_config).string();
  config::Sources sources = arguments.sources();
  if (arguments.file.empty()) sources.path = saved;
  const config::Config before = config::load_saved_config(saved);
  config::Config wanted = arguments.file.empty() && arguments.sweep_file.empty()
                              ? config::load_saved_config(saved, arguments.assignments)
                              : config::load_config(sources, arguments.assignments);
  config::keep_metric(wanted, before);
  check_same_sweep(directory, before, wanted);
  return wanted;
}

SweepFolder open_sweep_folder(const RunArguments& arguments, const config::Config& config,
                              const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                              int ranks) try {
  SweepFolder folder;
  if (arguments.resume.empty()) {
    folder.directory = make_sweep_directory(config.output.directory, config.name);
    folder.ledger = lock_ledger(folder.directory);
    begin_sweep(folder, config, metric, runs);
    return folder;
  }
  folder.directory = arguments.resume;
  make_folders(folder.directory);
  if (!has_sweep(folder.directory))
    check_empty(folder.directory);
  else if (!is_there(folder.directory / file_names::ledger))
    check_no_run(folder.directory);
  folder.ledger = lock_ledger(folder.directory);
  // Only now is it certain that no other job begins one.
  if (has_sweep(folder.directory))
    resume_sweep(folder, config, metric, runs, ranks);
  else
    begin_sweep(folder, config, metric, runs);
  return folder;
} catch (const UserError&) {
  throw;
} catch (const Error& error) {
  // A sweep that is resumed cannot go elsewhere.
  if (!arguments.resume.empty() && has_sweep(arguments.resume)) throw;
  throw UserError(std::string(error.what()) + "; name another folder with --output");
}

}  // namespace cellsweep::job
