#include "job/conclude.h"

#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <thread>

#include "base/text.h"
#include "terminal/output.h"

namespace cellsweep::job {

int wait_for_final_scrapes(metrics::Exporter* exporter, const SignalWatch& signals,
                           comm::Communicator& world) {
  constexpr std::chrono::milliseconds poll_interval{20};
  for (;; std::this_thread::sleep_for(poll_interval)) {
    std::array<std::int64_t, 2> state{signals.received(), 0};
    auto& [signal, awaits_scrape] = state;
    if (signal == 0 && exporter != nullptr && exporter->awaits_final_scrape()) awaits_scrape = 1;
    world.all_reduce(std::span<std::int64_t>(state), comm::Reduction::max);
    if (signal != 0 || awaits_scrape == 0) return static_cast<int>(signal);
  }
}

ExitCode report_outcome(const sweep::Scheduler& scheduler, const std::filesystem::path& directory,
                        int signal) {
  const RunCounts counts = scheduler.counts();
  const std::size_t lost = counts[RunState::failed] + counts[RunState::diverged];
  if (!scheduler.has_assigned() && counts.over() == counts.total())
    spdlog::info("nothing was left to train: all {} run(s) are over", counts.total());
  terminal::Output(stdout).print("runs are in " + printable(directory.string()) + "\n");
  if (lost > 0) spdlog::error("{} of {} runs failed or diverged", lost, counts.total());
  if (scheduler.is_exhausted())
    spdlog::warn("the search ended after {} run(s): it found no further point that differs from all of them",
                 counts.total());
  if (counts[RunState::planned] > 0)
    spdlog::warn("{} run(s) were not begun: {}", counts[RunState::planned], scheduler.reason_to_end());
  if (counts[RunState::interrupted] > 0) {
    spdlog::warn("{}: {} run(s) stopped on the way; resume with: cellsweep run --resume {}",
                 signal_name(signal), counts[RunState::interrupted], directory.string());
    return ended_by_signal(signal);
  }
  return lost > 0 ? ExitCode::some_runs_failed : ExitCode::done;
}

}  // namespace cellsweep::job
