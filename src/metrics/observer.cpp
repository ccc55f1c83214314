#include "metrics/observer.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace cellsweep::metrics {

void ObserverList::add(Observer& observer, Need need) {
  entries_.push_back({&observer, need});
}

template <class Call>
void ObserverList::notify(Call call) {
  for (Entry& entry : entries_) {
    if (entry.failed) continue;
    try {
      call(*entry.observer);
    } catch (const std::exception& problem) {
      if (entry.need == Need::essential) throw;
      entry.failed = true;
      spdlog::warn("{} stopped, the run continues: {}", entry.observer->name(), problem.what());
    }
  }
}

void ObserverList::on_run_begin(const RunInfo& info) {
  notify([&](Observer& observer) { observer.on_run_begin(info); });
}

void ObserverList::on_step(const StepReport& report) {
  notify([&](Observer& observer) { observer.on_step(report); });
}

void ObserverList::on_ranks(std::span<const RankReport> ranks) {
  notify([&](Observer& observer) { observer.on_ranks(ranks); });
}

void ObserverList::on_replicas_differ() {
  notify([&](Observer& observer) { observer.on_replicas_differ(); });
}

void ObserverList::on_epoch_end(const EpochReport& report) {
  notify([&](Observer& observer) { observer.on_epoch_end(report); });
}

void ObserverList::on_checkpoint(const CheckpointReport& report) {
  notify([&](Observer& observer) { observer.on_checkpoint(report); });
}

void ObserverList::on_run_end(const RunSummary& summary) {
  notify([&](Observer& observer) { observer.on_run_end(summary); });
}

}  // namespace cellsweep::metrics
