#include "sweep/coordinator.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace cellsweep::sweep {
namespace {

// Whoever reads messages hears of rank 0 at least so often.
constexpr double longest_silence = 2;

std::string endings_of(const Counts& counts) {
  std::string text;
  const std::pair<std::size_t, const char*> endings[] = {{counts.finished, "finished"},
                                                         {counts.pruned, "pruned"},
                                                         {counts.diverged, "diverged"},
                                                         {counts.failed, "failed"},
                                                         {counts.interrupted, "interrupted"}};
  for (const auto& [count, name] : endings)
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text;
}

}  // namespace

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

void Coordinator::watch() {
  // Messages have been taken just now. What makes this come late, such as a suspended job, is no group's
  // silence.
  const double passed = std::min(since_watch_.seconds(), timeout_seconds_ / 4);
  since_watch_.restart();
  for (std::size_t group = 0; group < groups_.size(); ++group)
    if (groups_[group].job && (groups_[group].silence += passed) > timeout_seconds_) {
      const int leader = layout_.leader_of(static_cast<int>(group));
      throw Error(
          fmt::format("rank {} on {}, which trains run {}, has not been heard of for {:g} s, longer than "
                      "parallel.timeout_seconds permits",
                      leader, hosts_[static_cast<std::size_t>(leader)], groups_[group].job->run.run_id,
                      timeout_seconds_));
    }
  if (is_ended_ || since_sign_of_life_.seconds() < std::min(longest_silence, timeout_seconds_ / 4)) return;
  since_sign_of_life_.restart();
  give_sign_of_life();
}

void Coordinator::take(int sender, const Message& message) {
  const int group = layout_.group_of(sender);
  Group& from = groups_[static_cast<std::size_t>(group)];
  from.silence = 0;
  if (std::holds_alternative<AskForRun>(message)) return give_job(group);
  if (const auto* report = std::get_if<RunReport>(&message)) return take_report(group, *report);
  const auto& ended = std::get<RunEnded>(message);
  scheduler_.ended(ended.index, ended.ending);
  from.job.reset();
  stop_pruned();
  if (ended.ending.status == "interrupted") stop_all();
  give_waiting_jobs();
  count();
}

void Coordinator::give_job(int group) {
  Group& to = groups_[static_cast<std::size_t>(group)];
  to.job = scheduler_.next();
  to.is_waiting = !to.job && scheduler_.is_waiting();
  if (to.is_waiting) return;
  to.silence = 0;
  if (to.job) return send(layout_.leader_of(group), *to.job);
  to.is_done = true;
  send(layout_.leader_of(group), NoMoreRuns{});
  if (!std::ranges::all_of(groups_, &Group::is_done)) return;
  is_ended_ = true;
  for (int rank = 0; rank < ranks(); ++rank) send(rank, SweepEnded{});
}

// What has become of a run may be what the search waited for.
void Coordinator::give_waiting_jobs() {
  for (std::size_t group = 0; group < groups_.size(); ++group)
    if (groups_[group].is_waiting) give_job(static_cast<int>(group));
}

void Coordinator::take_report(int group, const RunReport& message) {
  // The run that was stopped may have sent reports before it heard of it.
  if (const auto* info = std::get_if<metrics::RunInfo>(&message.report)) {
    scheduler_.started(message.index, info->cell, info->ranks);
    count();
  }
  metrics::Report report = message.report;
  // The run may have ended before it heard that it was pruned, for a reason that has been told.
  if (auto* summary = std::get_if<metrics::RunSummary>(&report);
      summary && scheduler_.is_pruned(message.index))
    summary->status = "pruned", summary->reason.clear();
  metrics::tell(view_.of_group(static_cast<std::size_t>(group)), report);
  const auto* epoch = std::get_if<metrics::EpochReport>(&message.report);
  if (epoch == nullptr || scheduler_.is_pruned(message.index)) return;
  if (const auto value = epoch->metrics.find(metric_.name))
    scheduler_.reported(message.index, epoch->epoch, *value);
  stop_pruned();
  give_waiting_jobs();
}

void Coordinator::stop_pruned() {
  for (const std::size_t index : scheduler_.take_pruned()) {
    const LedgerRun& run = scheduler_.run(index);
    view_.on_event(fmt::format("Run {} pruned: {}", run.planned.run_id, run.ending.reason));
    for (std::size_t group = 0; group < groups_.size(); ++group)
      if (groups_[group].job && groups_[group].job->index == index)
        send(layout_.leader_of(static_cast<int>(group)), StopRun{index});
  }
}

// A signal that reached one group is meant for the job.
void Coordinator::stop_all() {
  for (std::size_t group = 0; group < groups_.size(); ++group)
    if (groups_[group].job)
      send(layout_.leader_of(static_cast<int>(group)), StopRun{groups_[group].job->index, true});
}

// To all who would notice: the first rank of each group, all of a group that is done, and those that are in
// none.
void Coordinator::give_sign_of_life() {
  for (int rank = 1; rank < ranks(); ++rank) {
    const int group = layout_.group_of(rank);
    if (group < 0 || rank == layout_.leader_of(group) || groups_[static_cast<std::size_t>(group)].is_done)
      send(rank, StillRunning{});
  }
}

void Coordinator::count() {
  const Counts counts = scheduler_.counts();
  view_.on_progress({.runs = counts.total(),
                     .ended = counts.ended(),
                     .running = counts.running,
                     .endings = endings_of(counts),
                     .finished = counts.finished,
                     .diverged = counts.diverged,
                     .pruned = counts.pruned,
                     .failed = counts.failed,
                     .interrupted = counts.interrupted,
                     .metric = metric_.name,
                     .best = scheduler_.best()});
}

}  // namespace cellsweep::sweep
