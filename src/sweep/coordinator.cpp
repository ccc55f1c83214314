#include "sweep/coordinator.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/error.h"
#include "comm/watchdog/deadlines.h"

namespace cellsweep::sweep {

Coordinator::Coordinator(const MetricOptions& metric, Groups groups, std::vector<std::string> hosts,
                         double timeout_seconds, Scheduler& scheduler, comm::Mailbox& mailbox,
                         metrics::SweepView& view)
    : metric_(metric),
      layout_(std::move(groups)),
      hosts_(std::move(hosts)),
      timeout_seconds_(timeout_seconds),
      scheduler_(scheduler),
      mailbox_(mailbox),
      view_(view),
      groups_(layout_.sizes.size()) {}

void Coordinator::watch(double now) {
  now_ = now;
  const double longest_silence = comm::deadlines::group_silence(timeout_seconds_);
  for (std::size_t group = 0; group < groups_.size(); ++group)
    if (groups_[group].assignment && now - groups_[group].last_message_at > longest_silence) {
      const int leader = layout_.leader_of(static_cast<int>(group));
      throw Error(
          fmt::format("rank {} on {}, which trains run {}, has sent nothing for {:g} s, longer than "
                      "parallel.timeout_seconds permits",
                      leader, hosts_[leader], groups_[group].assignment->run.run_id, longest_silence));
    }
  if (is_ended_ || now - sign_of_life_at_ < comm::deadlines::sign_of_life_interval(timeout_seconds_)) return;
  sign_of_life_at_ = now;
  give_sign_of_life();
}

void Coordinator::take(int sender, const ToCoordinator& message, double now) {
  now_ = now;
  const int group = layout_.group_of(sender);
  groups_[group].last_message_at = now;
  std::visit([&](const auto& each) { handle(group, each); }, message);
}

void Coordinator::handle(int group, const RunEnded& message) {
  scheduler_.ended(message.index, message.outcome);
  groups_[group].assignment.reset();
  stop_pruned();
  if (message.outcome.state == RunState::interrupted) stop_all();
  assign_waiting_runs();
  count();
}

void Coordinator::assign_run(int group) {
  Group& to = groups_[group];
  to.assignment = scheduler_.next();
  to.is_waiting = !to.assignment && scheduler_.is_waiting();
  if (to.is_waiting) return;
  to.last_message_at = now_;
  if (to.assignment) return send(layout_.leader_of(group), *to.assignment);
  to.is_done = true;
  send(layout_.leader_of(group), NoMoreRuns{});
  if (!std::ranges::all_of(groups_, &Group::is_done)) return;
  is_ended_ = true;
  for (int rank = 0; rank < ranks(); ++rank) send(rank, SweepEnded{});
}

// What has become of a run may be what the search waited for.
void Coordinator::assign_waiting_runs() {
  for (std::size_t group = 0; group < groups_.size(); ++group)
    if (groups_[group].is_waiting) assign_run(static_cast<int>(group));
}

void Coordinator::handle(int group, const RunReport& message) {
  // The run that was stopped may have sent reports before the stop request arrived.
  if (const auto* info = std::get_if<metrics::RunInfo>(&message.report)) {
    scheduler_.started(message.index, info->cell, info->ranks);
    count();
  }
  metrics::Report report = message.report;
  // The run may have ended before the stop request arrived, for a reason that has been reported.
  if (auto* summary = std::get_if<metrics::RunSummary>(&report);
      summary && scheduler_.is_pruned(message.index))
    summary->state = RunState::pruned, summary->reason.clear();
  metrics::report_to(view_.of_group(group), report);
  const auto* epoch = std::get_if<metrics::EpochReport>(&message.report);
  if (epoch == nullptr || scheduler_.is_pruned(message.index)) return;
  if (const auto value = epoch->metrics.find(metric_.name))
    scheduler_.reported(message.index, epoch->epoch, *value);
  stop_pruned();
  assign_waiting_runs();
}

void Coordinator::stop_pruned() {
  for (const std::size_t index : scheduler_.take_pruned()) {
    const LedgerRun& run = scheduler_.run(index);
    view_.on_event(fmt::format("Run {} pruned: {}", run.planned.run_id, run.outcome.reason));
    for (std::size_t group = 0; group < groups_.size(); ++group)
      if (groups_[group].assignment && groups_[group].assignment->index == index)
        send(layout_.leader_of(static_cast<int>(group)), StopRun{index});
  }
}

// A signal that reached one group is meant for the job.
void Coordinator::stop_all() {
  for (std::size_t group = 0; group < groups_.size(); ++group)
    if (groups_[group].assignment)
      send(layout_.leader_of(static_cast<int>(group)), StopRun{groups_[group].assignment->index, true});
}

// To all that would miss it: the first rank of each group, all ranks of a group that is done, and those in
// none.
void Coordinator::give_sign_of_life() {
  for (int rank = 1; rank < ranks(); ++rank) {
    const int group = layout_.group_of(rank);
    if (group < 0 || rank == layout_.leader_of(group) || groups_[group].is_done) send(rank, StillRunning{});
  }
}

void Coordinator::count() {
  view_.on_progress({.counts = scheduler_.counts(), .metric = metric_.name, .best = scheduler_.best()});
}

}  // namespace cellsweep::sweep
