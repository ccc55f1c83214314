// Where messages of a sweep arrive, on every rank.
#pragma once

#include <optional>

#include "base/clock.h"
#include "comm/communicator.h"
#include "comm/mailbox.h"
#include "sweep/coordinator.h"
#include "sweep/message.h"
#include "sweep/worker.h"

namespace cellsweep::sweep {

// Takes each message that has arrived to the one that it is for: rank 0's coordinator, or this rank's worker.
// It alone reads the mailbox and looks at the clock, and gives both the time. One thread at a time.
class MessageLoop {
 public:
  // `coordinator` is rank 0's; null elsewhere. `group` trains runs together, and its first rank's worker
  // sends its messages; null on a rank that is in none. All outlive this.
  MessageLoop(comm::Mailbox& mailbox, Worker& worker, Coordinator* coordinator, comm::Communicator* group,
              double timeout_seconds, Clock clock = steady_seconds);

  // Handles what has arrived, and does not wait. To be called often on a group's first rank while a run is
  // trained: rank 0 serves all groups by it. Costs a microsecond. Throws Error if the ledger cannot be
  // written, or another group is silent.
  void poll();

  // Collective over the group: its next run, or nothing if none is left. Waits while a search that chooses
  // points while runs are trained waits for other groups' runs. Throws Error, on all of its ranks or on none,
  // if rank 0 is silent.
  std::optional<RunAssignment> next_run();
  // Reports how the run that next_run() gave came to its end. On all ranks of the group.
  void ended(const RunOutcome& outcome);
  // Waits until all groups are done, however long that takes, as long as rank 0 gives signs of life. Throws
  // Error if it does not.
  void wait_for_end();

 private:
  double look();
  // Polls until `is_over()`, or rank 0 is lost.
  template <class IsOver>
  void wait(IsOver is_over);
  // On the group's first rank: what rank 0 answered, StillRunning if it has not yet, or NoAnswer if it is
  // lost.
  Answer wait_for_answer();

  comm::Mailbox& mailbox_;
  Worker& worker_;
  Coordinator* coordinator_;
  comm::Communicator* group_;
  const double timeout_seconds_;
  RunningClock clock_;
};

}  // namespace cellsweep::sweep
