// Rank 0's coordinator: answers the groups' messages, on the thread that also trains rank 0's own runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/stopwatch.h"
#include "comm/mailbox.h"
#include "metrics/sweep_view.h"
#include "sweep/groups.h"
#include "sweep/message.h"
#include "sweep/scheduler.h"

namespace cellsweep::sweep {

class Coordinator {
 public:
  // `timeout_seconds`: a group that trains and is not heard of for so long is given up. `hosts`: of all ranks
  // of the world. All references outlive this.
  Coordinator(const MetricOptions& metric, Groups groups, std::vector<std::string> hosts,
              double timeout_seconds, Scheduler& scheduler, comm::Mailbox& mailbox, metrics::SweepView& view);

  // Reads a message, and answers it. Throws Error where the ledger cannot be written.
  void take(int sender, const Message& message);
  // To be called often. Gives signs of life, and throws Error where a group has not been heard of.
  void watch();

 private:
  struct Group {
    std::optional<RunAssignment> job;
    bool is_waiting = false;  // for a run
    bool is_done = false;
    double silence = 0;  // seconds
  };

  void give_job(int group);
  void give_waiting_jobs();
  void take_report(int group, const RunReport& message);
  void stop_pruned();
  void stop_all();
  void give_sign_of_life();
  void send(int rank, const Message& message) { mailbox_.send(rank, to_bytes(message)); }
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
  Stopwatch since_watch_, since_sign_of_life_;
  bool is_ended_ = false;
};

}  // namespace cellsweep::sweep
