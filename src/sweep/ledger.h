// ledger.jsonl: what happened to which run, one JSON object a line, append-only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/append_file.h"
#include "base/folder_lease.h"
#include "base/run_state.h"
#include "sweep/plan.h"
#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// How a run came to its end.
struct RunOutcome {
  RunState state = RunState::finished;  // or failed, diverged, pruned, interrupted
  double seconds = 0;
  std::string reason = {};    // empty for a run that went through all of its epochs
  bool is_permanent = false;  // failed: would fail again however often it is tried
  std::int64_t epoch = 0;     // pruned: the last epoch that counts
};

// Writes the ledger of a sweep. Members return once their line is on disk, except epoch(): a repeated run
// writes those again. Not thread-safe; one process writes. Members throw Error.
class Ledger {
 public:
  // Opens, or creates, the file, and changes nothing in it: an incomplete last line is cut off before the
  // first line is added. Throws UserError if another job writes to it, or it is a symbolic link.
  // `takes_over`: that job is known to be over, and only its lock is left.
  explicit Ledger(const std::filesystem::path& path, bool takes_over = false);
  // From now on each member first checks that the folder belongs to this job. `lease` outlives this.
  void set_lease(const FolderLease& lease) { lease_ = &lease; }
  void planned(const std::string& sweep, const MetricOptions& metric, const std::vector<PlannedRun>& runs);
  // One more run of the sweep, for a search that chooses points while runs are trained.
  void planned(const PlannedRun& run);
  void resumed(int ranks);
  // `attempt` counts from 1.
  void started(const std::string& run_id, const std::string& cell, int ranks, std::int64_t attempt);
  // The sweep's metric after an epoch, of which early termination judges.
  void epoch(const std::string& run_id, std::int64_t epoch, double value);
  void ended(const std::string& run_id, const RunOutcome& outcome);

 private:
  void append(const std::string& line);

  AppendFile file_;
  const FolderLease* lease_ = nullptr;
  bool is_whole_ = false;  // its last line is complete
};

// The latest state of a run.
struct LedgerRun {
  PlannedRun planned;
  std::string cell = {};
  RunState state = RunState::planned;
  std::int64_t attempts = 0;  // that were begun
  std::int64_t failures = 0;  // that failed
  RunOutcome outcome = {};
  std::map<std::int64_t, double> values = {};  // the sweep's metric by epoch

  // The best of the values that count; unset if none is finite or the run diverged.
  std::optional<double> best(Goal goal) const;
};

struct LedgerState {
  std::string sweep;
  MetricOptions metric;
  std::vector<LedgerRun> runs;  // in the order they were planned
};

// Reads a ledger; a last line that was cut off is passed over. Throws UserError naming file and line, also
// if a run's id is not permitted, or is there twice. A symbolic link is refused.
LedgerState read_ledger(const std::filesystem::path& path);
// The same for the content of a file; `path` stands for it in messages.
LedgerState parse_ledger(const std::filesystem::path& path, std::string_view content);

}  // namespace cellsweep::sweep
