#include "sweep/scheduler.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace cellsweep::sweep {
namespace {

// Whether more may become known of a run in this job.
bool is_under_way(const LedgerRun& run) {
  return !is_over(run.state);
}

}  // namespace

Scheduler::Scheduler(const SweepOptions& options, std::int64_t longest, LedgerState past, Ledger& ledger,
                     Propose propose, std::size_t groups)
    : options_(options),
      ledger_(ledger),
      propose_(std::move(propose)),
      groups_(groups),
      total_(std::max(past.runs.size(), total_runs(options, past.runs.size()))),
      runs_(std::move(past.runs)),
      clocks_(runs_.size()) {
  find_best();
  if (options.early_terminate.type == EarlyTermination::none) return;
  // At a run's last epoch there is nothing left to save.
  hyperband_.emplace(options.early_terminate, options.metric.goal, total_, longest - 1);
  for (std::size_t index = 0; index < runs_.size(); ++index) {
    for (const auto& [epoch, value] : runs_[index].values) hyperband_->report(index, epoch, value);
    if (!is_open(runs_[index])) hyperband_->ended(index);
  }
  prune();
}

// A run that was under way when the job before this one ended has no outcome.
bool Scheduler::is_open(const LedgerRun& run) const {
  if (is_under_way(run)) return true;
  return run.state == RunState::failed && !run.outcome.is_permanent && run.failures < options_.max_attempts;
}

void Scheduler::plan_more() {
  if (!propose_ || runs_.size() >= total_) return;
  std::size_t known = runs_.size();
  if (options_.deterministic) {
    known -= std::min(known, groups_ - 1);
    is_waiting_ = std::ranges::any_of(std::span(runs_).first(known), is_under_way);
    if (is_waiting_) return;
  }
  std::vector<PlannedRun> more = propose_(runs_, known);
  is_exhausted_ = more.empty();
  for (PlannedRun& run : more) {
    ledger_.planned(run);
    runs_.push_back({.planned = std::move(run)});
    clocks_.emplace_back();
  }
}

std::optional<RunAssignment> Scheduler::next() {
  is_waiting_ = false;
  while (reason_to_end_.empty()) {
    // If the sweep is resumed, all runs that were planned may have ended.
    if (next_ == runs_.size()) plan_more();
    if (next_ == runs_.size()) break;
    const std::size_t index = next_++;
    const LedgerRun& run = runs_[index];
    if (!is_open(run)) continue;
    has_assigned_ = true;
    return RunAssignment{.index = index,
                         .run = run.planned,
                         .attempt = run.attempts + 1,
                         .resumes = run.state == RunState::running || run.state == RunState::interrupted,
                         .epochs_known = run.values.empty() ? 0 : run.values.rbegin()->first};
  }
  return std::nullopt;
}

void Scheduler::started(std::size_t index, const std::string& cell, int ranks) {
  LedgerRun& run = runs_[index];
  if (run.state == RunState::pruned) return;  // since it was assigned
  run.state = RunState::running;
  run.cell = cell;
  clocks_[index].restart();
  ++run.attempts;
  ledger_.started(run.planned.run_id, cell, ranks, run.attempts);
}

void Scheduler::reported(std::size_t index, std::int64_t epoch, double value) {
  LedgerRun& run = runs_[index];
  const auto& target = options_.metric.target;
  if (target && (value == *target || is_better(value, *target, options_.metric.goal)))
    reason_to_end_ = fmt::format("run {} reached the target {:g} of {}", run.planned.run_id, *target,
                                 options_.metric.name);
  // A run that began anew comes to the same values.
  if (!run.values.emplace(epoch, value).second) return;
  ledger_.epoch(run.planned.run_id, epoch, value);
  compare_with_best(value);
  if (!hyperband_) return;
  hyperband_->report(index, epoch, value);
  prune();
}

void Scheduler::ended(std::size_t index, const RunOutcome& outcome) {
  LedgerRun& run = runs_[index];
  if (run.state == RunState::pruned) return;  // while it trained on
  run.state = outcome.state;
  run.outcome = outcome;
  run.failures += outcome.state == RunState::failed ? 1 : 0;
  ledger_.ended(run.planned.run_id, outcome);
  if (outcome.state == RunState::diverged) find_best();
  if (outcome.state == RunState::interrupted) {
    if (reason_to_end_.empty()) reason_to_end_ = outcome.reason;
    return;
  }
  if (options_.max_failed_runs &&
      counts()[RunState::failed] >= static_cast<std::size_t>(*options_.max_failed_runs))
    reason_to_end_ = fmt::format("{} runs failed (sweep.max_failed_runs)", *options_.max_failed_runs);
  if (!hyperband_) return;
  hyperband_->ended(index);
  prune();
}

void Scheduler::find_best() {
  best_.reset();
  for (const LedgerRun& run : runs_)
    if (const auto best = run.best(options_.metric.goal)) compare_with_best(*best);
}

void Scheduler::compare_with_best(double value) {
  if (!std::isfinite(value)) return;
  if (!best_ || is_better(value, *best_, options_.metric.goal)) best_ = value;
}

void Scheduler::prune() {
  for (const Hyperband::Verdict& verdict : hyperband_->decide()) {
    LedgerRun& run = runs_[verdict.run];
    if (run.state == RunState::pruned) continue;  // the ledger knows
    const double seconds =
        run.state == RunState::running ? clocks_[verdict.run].seconds() : run.outcome.seconds;
    run.state = RunState::pruned;
    run.outcome = {
        .state = RunState::pruned,
        .seconds = seconds,
        .reason = fmt::format("{} {:.4f} at epoch {}, where {:.4f} was needed", options_.metric.name,
                              verdict.value, verdict.epoch, verdict.threshold),
        .epoch = verdict.epoch};
    ledger_.ended(run.planned.run_id, run.outcome);
    pruned_.push_back(verdict.run);
  }
}

RunCounts Scheduler::counts() const {
  RunCounts counts;
  for (const LedgerRun& run : runs_) ++counts[run.state];
  return counts;
}

}  // namespace cellsweep::sweep
