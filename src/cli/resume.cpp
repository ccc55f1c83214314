#include "cli/resume.h"

#include <algorithm>
#include <span>
#include <string>
#include <system_error>

#include "base/file.h"
#include "cli/output.h"

namespace cellsweep::cli {
namespace {

constexpr const char* ledger_name = "ledger.jsonl";
constexpr const char* config_name = "sweep.yaml";

sweep::LedgerState planned(const config::Config& config, const sweep::MetricOptions& metric,
                           const std::vector<sweep::PlannedRun>& runs) {
  sweep::LedgerState state{.sweep = config.name, .metric = metric, .runs = {}};
  for (const sweep::PlannedRun& run : runs) state.runs.push_back({.planned = run});
  return state;
}

bool has_sweep(const std::filesystem::path& directory) {
  return std::filesystem::exists(directory / config_name);
}

// Where a sweep may begin: a folder that is not there yet, or has nothing but what a job left that did not
// live to begin one.
void make_empty(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) throw UserError(directory.string() + ": cannot be made: " + error.message());
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (!entry.path().filename().string().starts_with(config_name))
      throw UserError(directory.string() + ": is not empty, and has no " + config_name +
                      ", so no sweep was begun there; name the folder of a sweep, or one that is empty or "
                      "not there yet");
}

SweepFolder begin_sweep(const std::filesystem::path& directory, const config::Config& config,
                        const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs) {
  SweepFolder folder{
      .directory = directory, .ledger = {}, .fence = {}, .past = planned(config, metric, runs)};
  try {
    write_file(directory / config_name, config::to_yaml(config));
    folder.ledger = std::make_unique<sweep::Ledger>(directory / ledger_name);
    folder.fence = Fence::take(directory);
    folder.ledger->planned(config.name, metric, runs);
  } catch (const UserError&) {
    throw;
  } catch (const Error& error) {
    throw UserError(std::string(error.what()) + "; name another folder with --output");
  }
  return folder;
}

SweepFolder resume_sweep(const std::filesystem::path& directory, const config::Config& config,
                         const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                         int ranks) {
  SweepFolder folder{.directory = directory, .ledger = {}, .fence = {}, .past = {}};
  // Of a job that was requeued, the start before is over, though what is left of it on a host that is cut off
  // may not know, and hold the lock.
  const bool takes_over = JobIdentity::mine().follows(owner_of(directory));
  folder.ledger = std::make_unique<sweep::Ledger>(directory / ledger_name, takes_over);
  folder.fence = Fence::take(directory);
  folder.past = sweep::read_ledger(directory / ledger_name);
  // The job before did not live to write its plan.
  if (folder.past.runs.empty()) {
    folder.ledger->planned(config.name, metric, runs);
    folder.past = planned(config, metric, runs);
  }
  // A search that chooses as it goes may have planned more since.
  const bool is_same =
      folder.past.runs.size() >= runs.size() &&
      std::ranges::equal(
          std::span(folder.past.runs).first(runs.size()), runs, {},
          [](const sweep::LedgerRun& run) { return run.planned.run_id; }, &sweep::PlannedRun::run_id);
  if (!is_same)
    throw UserError((directory / ledger_name).string() + ": its runs are not those of " + config_name +
                    "; was one of the files changed?");
  folder.ledger->resumed(ranks);
  return folder;
}

}  // namespace

config::Config load_resumed(const RunArguments& arguments) {
  const std::filesystem::path saved = std::filesystem::path(arguments.resume) / config_name;
  if (!std::filesystem::exists(saved)) {
    if (arguments.file.empty())
      throw UserError(arguments.resume + ": has no " + config_name +
                      ", so no sweep was begun there; name the folder of a sweep, or a FILE that begins one");
    return config::load_config(arguments.sources(), arguments.assignments);
  }
  config::Sources sources = arguments.sources();
  if (arguments.file.empty()) sources.path = saved.string();
  const config::Config before = config::load_saved_config(saved);
  config::Config wanted = arguments.file.empty() && arguments.sweep_file.empty()
                              ? config::load_saved_config(saved, arguments.assignments)
                              : config::load_config(sources, arguments.assignments);
  config::keep_metric(wanted, before);
  const auto lines = config::differences(before, wanted);
  if (lines.empty()) return wanted;
  std::string message = arguments.resume + ": holds another sweep than is asked for:";
  for (const std::string& line : lines) message += "\n  " + line;
  throw UserError(message + "\nresume it with what it was begun with, or start a new one without --resume");
}

SweepFolder open_sweep_folder(const RunArguments& arguments, const config::Config& config,
                              const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                              int ranks) {
  if (arguments.resume.empty())
    return begin_sweep(make_sweep_directory(config.output.directory, config.name), config, metric, runs);
  if (has_sweep(arguments.resume)) return resume_sweep(arguments.resume, config, metric, runs, ranks);
  make_empty(arguments.resume);
  return begin_sweep(arguments.resume, config, metric, runs);
}

}  // namespace cellsweep::cli
