// Rank 0's side of a sweep: assigns runs to groups, and answers their messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "comm/mailbox.h"
#include "metrics/sweep_view.h"
#include "sweep/groups.h"
#include "sweep/message.h"
#include "sweep/scheduler.h"

namespace cellsweep::sweep {

// It is given the time, seconds of a RunningClock, and waits for nothing. One thread at a time.
class Coordinator {
 public:
  // `timeout_seconds`: parallel.timeout_seconds, from which the deadlines follow (comm/watchdog/deadlines.h).
  // `hosts`: of all ranks of the world. All references outlive this.
  Coordinator(const MetricOptions& metric, Groups groups, std::vector<std::string> hosts,
              double timeout_seconds, Scheduler& scheduler, comm::Mailbox& mailbox, metrics::SweepView& view);

  // Reads a message of a group's first rank, and answers it. Throws Error if the ledger cannot be written.
  void take(int sender, const ToCoordinator& message, double now);
  // To be called often, when all that arrived has been taken. Gives signs of life. Throws Error if a group
  // that trains is silent.
  void watch(double now);

 private:
  struct Group {
    std::optional<RunAssignment> assignment;  // the run under way
    bool is_waiting = false;                  // for a run
    bool is_done = false;
    double last_message_at = 0;  // when its last message arrived, or it was given a run
  };

  void assign_run(int group);
  void assign_waiting_runs();
  // Each kind of message, from the first rank of a group.
  void handle(int group, const AskForRun&) { assign_run(group); }
  void handle(int group, const RunReport& message);
  void handle(int group, const RunEnded& message);
  void handle(int, const StillTraining&) {}
  void stop_pruned();
  void stop_all();
  void give_sign_of_life();
  void send(int rank, const ToWorker& message) { mailbox_.send(rank, to_bytes(message)); }
  void count();
  int ranks() const { return static_cast<int>(hosts_.size()); }

  const MetricOptions& metric_;
  const Groups layout_;
  const std::vector<std::string> hosts_;  // of each rank
  const double timeout_seconds_;
  Scheduler& scheduler_;
  comm::Mailbox& mailbox_;
  metrics::SweepView& view_;
  std::vector<Group> groups_;
  double now_ = 0;  // when this was last called
  double sign_of_life_at_ = 0;
  bool is_ended_ = false;
};

}  // namespace cellsweep::sweep
