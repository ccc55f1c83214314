// A rank's side of a sweep: what it asks rank 0 for, what it reports, and what rank 0 requests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/stop_request.h"
#include "base/stopwatch.h"
#include "comm/mailbox.h"
#include "metrics/observer.h"
#include "sweep/message.h"

namespace cellsweep::sweep {

// The first rank of a group sends the group's messages; on the others, and on ranks in no group, this only
// learns when the sweep is over. Waits for nothing; the message loop brings it messages and the time. One
// thread at a time.
class Worker {
 public:
  // `timeout_seconds`: parallel.timeout_seconds, from which the deadlines follow (comm/watchdog/deadlines.h).
  // `reports_first`: whether this one is the first to report if workers lose rank 0. `coordinator_host` is
  // rank 0's. `mailbox` outlives this.
  Worker(comm::Mailbox& mailbox, double timeout_seconds, bool reports_first, std::string coordinator_host);

  // On a group's first rank.
  void ask_for_run();
  // Reports how the run came to its end.
  void ended(const RunOutcome& outcome);
  // Reports to rank 0 what happens in the run. Steps are reported ten times a second.
  metrics::Observer& observer() { return observer_; }

  // A message of rank 0.
  void take(const ToWorker& message, double now);
  // To be called often, when all that arrived has been taken: looks whether rank 0 is lost, and gives it
  // signs of life while a run is trained. An evaluation may be long, and has nothing to report.
  void watch(double now);
  // Counts as a message of rank 0 that arrived now.
  void expect_sign_of_life(double now) { last_message_at_ = now; }

  // What rank 0 answered since ask_for_run(): a RunAssignment or NoMoreRuns.
  const std::optional<Answer>& answer() const { return answer_; }
  // What rank 0 requests of the run that it assigned, or an interruption once it is lost. On other ranks than
  // the group's first: nothing.
  StopRequest stop_request() const { return has_lost_coordinator_ ? StopRequest::interrupt : stop_request_; }
  bool is_sweep_over() const { return is_sweep_over_; }
  bool has_lost_coordinator() const { return has_lost_coordinator_; }
  // The error that this is.
  std::string lost_coordinator_text() const;

 private:
  class Reporter final : public metrics::Observer {
   public:
    explicit Reporter(Worker& worker) : worker_(worker) {}
    std::string name() const override { return "sweep"; }
    void on_run_begin(const metrics::RunInfo& info) override { worker_.report(info); }
    void on_step(const metrics::StepReport& report) override;
    void on_epoch_end(const metrics::EpochReport& report) override { worker_.report(report); }
    void on_run_end(const metrics::RunSummary& summary) override { worker_.report(summary); }

   private:
    Worker& worker_;
    std::int64_t epoch_ = 0;
    Stopwatch since_reported_;
  };

  void report(metrics::Report report);
  void send(const ToCoordinator& message);

  comm::Mailbox& mailbox_;
  const double patience_, sign_of_life_interval_;  // seconds
  const std::string coordinator_host_;
  Reporter observer_{*this};
  bool is_training_ = false;
  std::size_t index_ = 0;  // of the run under way, or the last one
  std::optional<Answer> answer_;
  StopRequest stop_request_ = StopRequest::none;
  bool is_sweep_over_ = false;
  double now_ = 0;              // when this was last called
  double sent_at_ = 0;          // when rank 0 was last sent a message
  double last_message_at_ = 0;  // when a message of rank 0 last arrived
  bool has_lost_coordinator_ = false;
};

}  // namespace cellsweep::sweep
