// A rank's side of a sweep: where it gets runs from, and tells of them.
#pragma once

#include <optional>
#include <string>

#include "base/stopwatch.h"
#include "comm/communicator.h"
#include "comm/mailbox.h"
#include "metrics/observer.h"
#include "sweep/coordinator.h"
#include "sweep/message.h"

namespace cellsweep::sweep {

// One thread at a time. Where rank 0 has not been heard of for `timeout_seconds`, the run under way is to be
// interrupted, and next() and wait_for_end() throw Error.
class Worker {
 public:
  // `group` trains runs together; null for a rank that is in none. `coordinator` is rank 0's, which gets its
  // messages through this wherever it waits, and after each step; null elsewhere. All outlive this.
  // `coordinator_host` is rank 0's host.
  Worker(comm::Mailbox& mailbox, comm::Communicator* group, double timeout_seconds, Coordinator* coordinator,
         std::string coordinator_host);

  // Collective over the group: its next run, or nothing where none is left. Waits while a search that chooses
  // as it goes waits for other groups' runs. Throws on all of its ranks, or on none.
  std::optional<RunAssignment> next();
  // Tells how the run came to its end.
  void ended(const RunOutcome& ending);
  // Waits until all groups are done, however long that takes, as long as rank 0 gives signs of life.
  void wait_for_end();

  // Tells rank 0 of the run that next() gave. Steps are told ten times a second.
  metrics::Observer& observer() { return observer_; }
  // What is to become of the run that next() gave: what rank 0 wants, or an interruption once that is lost.
  // On other ranks than the group's first: that it goes on.
  enum class Wish { go_on, prune, interrupt };
  Wish wish() const { return is_orphaned_ ? Wish::interrupt : wish_; }

 private:
  class Reporter final : public metrics::Observer {
   public:
    explicit Reporter(Worker& worker) : worker_(worker) {}
    std::string name() const override { return "sweep"; }
    void on_run_begin(const metrics::RunInfo& info) override { worker_.report(info); }
    void on_step(const metrics::StepReport& report) override;
    void on_evaluation_batch() override;
    void on_epoch_end(const metrics::EpochReport& report) override { worker_.report(report); }
    void on_run_end(const metrics::RunSummary& summary) override { worker_.report(summary); }

   private:
    Worker& worker_;
    std::int64_t epoch_ = 0;
    Stopwatch since_told_;
  };

  void report(metrics::Report report);
  void send(const Message& message) { mailbox_.send(0, to_bytes(message)); }
  // Takes what has arrived, for this rank and for the coordinator, and looks whether rank 0 lives.
  void receive();
  // On the group's first rank: what rank 0 answered, StillRunning where it has not yet, or NoAnswer where it
  // is lost.
  Message wait_for_answer();
  // Receives until `is_over()`, or rank 0 is lost.
  template <class IsOver>
  void wait(IsOver is_over);
  [[noreturn]] void throw_orphaned() const;

  comm::Mailbox& mailbox_;
  comm::Communicator* group_;
  double timeout_seconds_;
  Coordinator* coordinator_;
  std::string coordinator_host_;
  Reporter observer_{*this};
  std::size_t index_ = 0;             // of the run under way
  std::optional<RunAssignment> job_;  // an answer that has arrived
  bool is_done_ = false;              // no run is left for this group
  Wish wish_ = Wish::go_on;
  bool is_ended_ = false;
  double silence_ = 0;        // seconds in which rank 0 was not heard of
  bool is_orphaned_ = false;  // it was too long
  Stopwatch since_look_;
};

}  // namespace cellsweep::sweep
