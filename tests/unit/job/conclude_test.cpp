// The end of a job.
#include "job/conclude.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "sweep/plan.h"
#include "unit/metrics/metrics_reports.h"
#include "unit/temporary_folder.h"

namespace cellsweep::job {
namespace {

// A sweep of three runs, which end one after the other.
class ConcludeTest : public testing::Test {
 protected:
  ConcludeTest() {
    options_.parameters["train.seed"].values = {"1", "2", "3"};
    const auto runs = sweep::plan_runs(options_, 1);
    ledger_.planned("s", options_.metric, runs);
    scheduler_.emplace(options_, 1, sweep::read_ledger(folder_ / "ledger.jsonl"), ledger_);
  }
  void end_next(RunState state) {
    const std::size_t run = scheduler_->next()->index;
    scheduler_->started(run, "lstm", 1);
    scheduler_->ended(run, {.state = state, .seconds = 1, .is_permanent = true});
  }
  ExitCode outcome(int signal = 0) {
    testing::internal::CaptureStdout();
    const ExitCode code = report_outcome(*scheduler_, "runs/\x1bs", signal);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "runs are in runs/\\x1bs\n");
    return code;
  }

  TemporaryFolder folder_;
  sweep::SweepOptions options_;
  sweep::Ledger ledger_{folder_ / "ledger.jsonl"};
  std::optional<sweep::Scheduler> scheduler_;
  const metrics::LogCapture log_;
};

TEST_F(ConcludeTest, ASweepWhoseRunsFinishedIsDone) {
  for (int i = 0; i < 3; ++i) end_next(i == 1 ? RunState::pruned : RunState::finished);
  EXPECT_EQ(outcome(), ExitCode::done);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(ConcludeTest, ASweepThatWasOverAlreadySaysSo) {
  for (int i = 0; i < 3; ++i) end_next(i == 1 ? RunState::pruned : RunState::finished);
  scheduler_.emplace(options_, 1, sweep::read_ledger(folder_ / "ledger.jsonl"), ledger_);
  EXPECT_FALSE(scheduler_->next().has_value());
  EXPECT_EQ(outcome(), ExitCode::done);
  EXPECT_EQ(log_.text(), "info: nothing was left to train: all 3 run(s) are over\n");
}

TEST_F(ConcludeTest, RunsThatFailedOrDivergedAreCounted) {
  for (const RunState state : {RunState::failed, RunState::finished, RunState::diverged}) end_next(state);
  EXPECT_EQ(outcome(), ExitCode::some_runs_failed);
  EXPECT_EQ(log_.text(), "error: 2 of 3 runs failed or diverged\n");
}

TEST_F(ConcludeTest, ASignalCountsMoreThanAFailureAndSaysHowToResume) {
  end_next(RunState::failed);
  end_next(RunState::interrupted);
  EXPECT_EQ(outcome(SIGTERM), ended_by_signal(SIGTERM));
  EXPECT_NE(
      log_.text().find("SIGTERM: 1 run(s) stopped on the way; resume with: cellsweep run --resume runs/"),
      std::string::npos)
      << log_.text();
  EXPECT_NE(log_.text().find("1 run(s) were not begun: "), std::string::npos) << log_.text();
}

// Its final values are awaited forever.
class NeverScraped final : public metrics::Exporter {
 public:
  std::string name() const override { return "never scraped"; }
  void on_progress(const metrics::SweepProgress&) override {}
  bool awaits_final_scrape() override { return true; }
};

TEST(FinalScrapes, OfNoExporterAreNotWaitedFor) {
  const SignalWatch signals;
  EXPECT_EQ(wait_for_final_scrapes(nullptr, signals, *comm::make_self_communicator()), 0);
}

TEST(FinalScrapes, ASignalEndsTheWait) {
  const SignalWatch signals;
  NeverScraped exporter;
  std::raise(SIGTERM);
  EXPECT_EQ(wait_for_final_scrapes(&exporter, signals, *comm::make_self_communicator()), SIGTERM);
}

}  // namespace
}  // namespace cellsweep::job
