#include "cli/resume.h"

#include <algorithm>
#include <span>
#include <string>

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

}  // namespace

config::Config load_resumed(const RunArguments& arguments) {
  const std::filesystem::path saved = std::filesystem::path(arguments.resume) / config_name;
  if (!std::filesystem::exists(saved))
    throw UserError(arguments.resume + ": has no " + config_name +
                    ", so no sweep was begun there; name the folder of a sweep, or leave --resume out");
  const config::Config before = config::load_config(saved);
  const std::string file = arguments.file.empty() ? saved.string() : arguments.file;
  config::Config wanted = config::load_config(file, arguments.assignments, arguments.sweep_file);
  const auto lines = config::differences(before, wanted);
  if (lines.empty()) return wanted;
  std::string message = arguments.resume + ": holds another sweep than is asked for:";
  for (const std::string& line : lines) message += "\n  " + line;
  throw UserError(message + "\nresume it with what it was begun with, or start a new one without --resume");
}

SweepFolder make_sweep_folder(const config::Config& config, const sweep::MetricOptions& metric,
                              const std::vector<sweep::PlannedRun>& runs) {
  SweepFolder folder;
  folder.directory = make_sweep_directory(config.output.directory, config.name);
  try {
    write_file(folder.directory / config_name, config::to_yaml(config));
    folder.ledger = std::make_unique<sweep::Ledger>(folder.directory / ledger_name);
    folder.ledger->planned(config.name, metric, runs);
  } catch (const UserError&) {
    throw;
  } catch (const Error& error) {
    throw UserError(std::string(error.what()) + "; name another folder with --output");
  }
  folder.past = planned(config, metric, runs);
  return folder;
}

SweepFolder open_sweep_folder(const std::filesystem::path& directory, const config::Config& config,
                              const sweep::MetricOptions& metric, const std::vector<sweep::PlannedRun>& runs,
                              int ranks) {
  SweepFolder folder;
  folder.directory = directory;
  folder.ledger = std::make_unique<sweep::Ledger>(directory / ledger_name);
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

}  // namespace cellsweep::cli
