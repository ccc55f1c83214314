#include "metrics/observer.h"

#include <spdlog/spdlog.h>

#include <exception>

namespace cellsweep::metrics {

void ObserverList::add(Observer& observer) {
  entries_.push_back({&observer});
}

template <class Call>
void ObserverList::tell(Call call) {
  for (Entry& entry : entries_) {
    if (entry.failed) continue;
    try {
      call(*entry.observer);
    } catch (const std::exception& problem) {
      entry.failed = true;
      spdlog::warn("{} stopped, the run goes on: {}", entry.observer->name(), problem.what());
    }
  }
}

void ObserverList::on_run_begin(const RunInfo& info) {
  tell([&](Observer& observer) { observer.on_run_begin(info); });
}

void ObserverList::on_step(const StepReport& report) {
  tell([&](Observer& observer) { observer.on_step(report); });
}

void ObserverList::on_epoch_end(const EpochReport& report) {
  tell([&](Observer& observer) { observer.on_epoch_end(report); });
}

void ObserverList::on_run_end(const RunSummary& summary) {
  tell([&](Observer& observer) { observer.on_run_end(summary); });
}

}  // namespace cellsweep::metrics
