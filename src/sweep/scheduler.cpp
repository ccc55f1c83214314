#include "sweep/scheduler.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace cellsweep::sweep {
namespace {

constexpr std::int64_t max_attempts = 3;

}  // namespace

Scheduler::Scheduler(const SweepOptions& options, LedgerState past, Ledger& ledger)
    : options_(options), ledger_(ledger), runs_(std::move(past.runs)) {}

// A run that was under way when the job before this one ended has no ending.
bool Scheduler::is_open(const LedgerRun& run) const {
  if (run.status == "planned" || run.status == "running") return true;
  return run.status == "failed" && !run.ending.is_permanent && run.failures < max_attempts;
}

std::optional<Job> Scheduler::next() {
  while (next_ < runs_.size() && reason_to_end_.empty()) {
    const std::size_t index = next_++;
    if (is_open(runs_[index])) return Job{index, runs_[index].planned, runs_[index].attempts + 1};
  }
  return std::nullopt;
}

void Scheduler::started(std::size_t index, const std::string& cell, int ranks) {
  LedgerRun& run = runs_[index];
  run.status = "running";
  run.cell = cell;
  ++run.attempts;
  ledger_.started(run.planned.run_id, cell, ranks, run.attempts);
}

void Scheduler::reported(std::size_t index, std::int64_t epoch, double value) {
  LedgerRun& run = runs_[index];
  // A run that began anew comes to the same values.
  if (!run.values.emplace(epoch, value).second) return;
  ledger_.epoch(run.planned.run_id, epoch, value);
}

void Scheduler::ended(std::size_t index, const Ending& ending) {
  LedgerRun& run = runs_[index];
  if (run.status == "pruned") return;  // while it trained on
  run.status = ending.status;
  run.ending = ending;
  run.failures += ending.status == "failed" ? 1 : 0;
  ledger_.ended(run.planned.run_id, ending);
}

Counts Scheduler::counts() const {
  Counts counts;
  for (const LedgerRun& run : runs_) {
    const std::pair<const char*, std::size_t&> states[] = {
        {"planned", counts.planned},   {"running", counts.running}, {"finished", counts.finished},
        {"diverged", counts.diverged}, {"pruned", counts.pruned},   {"failed", counts.failed}};
    for (const auto& [name, count] : states) count += run.status == name ? 1 : 0;
  }
  return counts;
}

}  // namespace cellsweep::sweep
