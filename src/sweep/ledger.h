// ledger.jsonl: what happened to which run, one JSON object a line, append-only, each line on the disk before
// the next step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "sweep/plan.h"
#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// Writes the ledger of a new sweep. Not thread-safe; one process writes.
class Ledger {
 public:
  // Throws Error.
  explicit Ledger(const std::filesystem::path& path);
  void planned(const std::string& sweep, const MetricOptions& metric, const std::vector<PlannedRun>& runs);
  // `cell` is the run's model.cell, for the comparison.
  void started(const std::string& run_id, const std::string& cell, int ranks);
  void finished(const std::string& run_id, double seconds, const std::string& reason);
  void failed(const std::string& run_id, double seconds, const std::string& reason);

 private:
  AppendFile file_;
};

// The latest state of a run.
struct LedgerRun {
  std::string run_id;
  std::string cell;
  std::string status = "planned";  // planned, running, finished, failed
  std::string reason;
  double seconds = 0;
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct LedgerState {
  std::string sweep;
  MetricOptions metric;
  std::vector<LedgerRun> runs;  // in the order they were planned
};

// Reads a ledger; a last line that was cut off is passed over. Throws UserError naming file and line.
LedgerState read_ledger(const std::filesystem::path& path);

}  // namespace cellsweep::sweep
