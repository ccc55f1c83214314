// Which run is trained next, and what becomes of each. Knows nothing of ranks and messages.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/stopwatch.h"
#include "sweep/hyperband.h"
#include "sweep/ledger.h"
#include "sweep/plan.h"
#include "sweep/sweep_options.h"

namespace cellsweep::sweep {

// A run that a group is to train.
struct RunAssignment {
  std::size_t index = 0;  // in the plan
  PlannedRun run;
  std::int64_t attempt = 1;
  bool resumes = false;           // it was under way when the job before ended, and may have a checkpoint
  std::int64_t epochs_known = 0;  // of which the ledger has the sweep's metric
};

// Assigns the runs of a plan in its order, and writes what happens into the ledger. One thread at a time.
// Members throw Error if the ledger cannot be written.
class Scheduler {
 public:
  // `past` is what the ledger said before this job: of a new sweep, all runs are planned. Runs that came to
  // an end are left alone, those that failed are tried again up to options.max_attempts, and those that were
  // under way are resumed. `ledger` outlives this.
  // `longest`: the most epochs that a run has. `propose` gives the runs of one more point, after those that
  // there are, or none if there is no further point; it learns from the first `known` of them, and knows
  // of the others only that they are planned. Empty if all are planned from the beginning. `groups` train
  // at a time. With options.deterministic `known` depends on how many runs are planned and on `groups` alone:
  // the next point waits until all but the last groups - 1 have ended.
  using Propose =
      std::function<std::vector<PlannedRun>(const std::vector<LedgerRun>& runs, std::size_t known)>;
  Scheduler(const SweepOptions& options, std::int64_t longest, LedgerState past, Ledger& ledger,
            Propose propose = {}, std::size_t groups = 1);

  // The next run, or nothing if none is left to begin, or none yet.
  std::optional<RunAssignment> next();
  // Whether next() gave any run.
  bool has_assigned() const { return has_assigned_; }
  // Whether next(), which gave nothing, may give a run once another has ended.
  bool is_waiting() const { return is_waiting_; }
  // Whether the search found no further point before sweep.run_cap.
  bool is_exhausted() const { return is_exhausted_; }
  // A run that next() gave has begun to train on `ranks` ranks: it is running, and this is one more attempt.
  // Ignored if it was pruned meanwhile.
  void started(std::size_t index, const std::string& cell, int ranks);
  // `value` of the sweep's metric after `epoch` of a run. May prune this run and others. An epoch that is
  // known already is ignored.
  void reported(std::size_t index, std::int64_t epoch, double value);
  // A run ended as `outcome` says. It may be trained again if it failed and has attempts left. May end the
  // sweep (reason_to_end()) and prune other runs. Ignored if the run was pruned meanwhile.
  void ended(std::size_t index, const RunOutcome& outcome);
  // The runs that were pruned since this was last called.
  std::vector<std::size_t> take_pruned() { return std::exchange(pruned_, {}); }
  // Whether a run is to be stopped: it was pruned while it trained.
  bool is_pruned(std::size_t index) const { return runs_[index].state == RunState::pruned; }

  RunCounts counts() const;
  // The best value of the sweep's metric that was reported, but by runs that diverged; unset if none was.
  std::optional<double> best() const { return best_; }
  const LedgerRun& run(std::size_t index) const { return runs_[index]; }
  // Why runs are left that will not be started; empty if there are none.
  const std::string& reason_to_end() const { return reason_to_end_; }

 private:
  bool is_open(const LedgerRun& run) const;
  // Plans another point, if the search chooses points while runs are trained.
  void plan_more();
  // What early termination says now.
  void prune();
  void find_best();
  void compare_with_best(double value);

  const SweepOptions& options_;
  Ledger& ledger_;
  const Propose propose_;
  const std::size_t groups_;
  const std::size_t total_;  // runs that there will be at most
  std::vector<LedgerRun> runs_;
  std::vector<Stopwatch> clocks_;  // of each run, since it began
  std::optional<Hyperband> hyperband_;
  std::optional<double> best_;
  std::size_t next_ = 0;
  bool has_assigned_ = false, is_waiting_ = false, is_exhausted_ = false;
  std::vector<std::size_t> pruned_;
  std::string reason_to_end_;
};

}  // namespace cellsweep::sweep
