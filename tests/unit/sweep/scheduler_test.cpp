// Which run is next, also after a job before it.
#include "sweep/scheduler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>

#include "base/error.h"
#include "sweep/plan.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;

class SchedulerTest : public testing::Test {
 protected:
  SchedulerTest() {
    options_.parameters["train.seed"].values = {"1", "2", "3"};
    fs::remove(path_);
  }
  ~SchedulerTest() override { fs::remove(path_); }

  // What a job sees that resumes from the ledger.
  void resume(const std::function<void(Scheduler&)>& work) {
    Ledger ledger(path_);
    if (read_ledger(path_).runs.empty()) ledger.planned("s", options_.metric, plan_runs(options_, 1));
    Scheduler scheduler(options_, 10, read_ledger(path_), ledger);
    work(scheduler);
  }
  static std::vector<std::size_t> take_all(Scheduler& scheduler) {
    std::vector<std::size_t> indices;
    while (const auto job = scheduler.next()) indices.push_back(job->index);
    return indices;
  }

  SweepOptions options_;
  fs::path path_ = fs::temp_directory_path() / ("cellsweep_scheduler_" + std::to_string(getpid()) + ".jsonl");
};

TEST_F(SchedulerTest, ContinuesWithWhatIsLeft) {
  resume([](Scheduler& scheduler) {
    for (std::size_t run = 0; run < 2; ++run) scheduler.started(scheduler.next()->index, "lstm", 1);
    scheduler.ended(0, {.state = RunState::finished, .seconds = 1});
  });
  resume([](Scheduler& scheduler) {
    const auto job = scheduler.next();
    EXPECT_EQ(job->index, 1u);
    EXPECT_EQ(job->attempt, 2);
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{2}));
    EXPECT_EQ(scheduler.counts()[RunState::finished], 1u);
  });
}

TEST_F(SchedulerTest, KnowsTheBestValueAlsoOfTheJobBefore) {
  resume([](Scheduler& scheduler) {
    EXPECT_FALSE(scheduler.best().has_value());
    const std::size_t run = scheduler.next()->index;
    scheduler.started(run, "lstm", 1);
    scheduler.reported(run, 1, 0.5);
    scheduler.reported(run, 2, std::numeric_limits<double>::infinity());
    scheduler.reported(run, 3, 0.25);
    EXPECT_EQ(scheduler.best(), 0.5);
  });
  resume([](Scheduler& scheduler) { EXPECT_EQ(scheduler.best(), 0.5); });
  options_.metric.goal = Goal::minimize;
  resume([](Scheduler& scheduler) { EXPECT_EQ(scheduler.best(), 0.25); });
}

TEST_F(SchedulerTest, ARunThatDivergedIsNeverTheBest) {
  options_.metric = {"val_loss", Goal::minimize};
  resume([](Scheduler& scheduler) {
    for (std::size_t run = 0; run < 2; ++run) scheduler.started(scheduler.next()->index, "lstm", 1);
    scheduler.reported(0, 1, 0.5);
    scheduler.reported(1, 1, 0.1);
    EXPECT_EQ(scheduler.best(), 0.1);
    scheduler.ended(1, {.state = RunState::diverged});
    EXPECT_EQ(scheduler.best(), 0.5);
  });
  resume([](Scheduler& scheduler) { EXPECT_EQ(scheduler.best(), 0.5); });
  EXPECT_FALSE(read_ledger(path_).runs[1].best(Goal::minimize)) << "a point for bayes without a result";
}

TEST_F(SchedulerTest, TriesAFailedRunAgainAFewTimes) {
  options_.max_attempts = 2;
  for (int attempt = 0; attempt < 2; ++attempt)
    resume([](Scheduler& scheduler) {
      scheduler.started(scheduler.next()->index, "lstm", 1);
      scheduler.ended(0, {.state = RunState::failed, .reason = "disk"});
    });
  resume([](Scheduler& scheduler) {
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{1, 2}));
    scheduler.started(1, "lstm", 1);
    scheduler.ended(1, {.state = RunState::failed, .is_permanent = true});
    scheduler.started(2, "lstm", 1);
    scheduler.ended(2, {.state = RunState::diverged});
  });
  resume([](Scheduler& scheduler) { EXPECT_TRUE(take_all(scheduler).empty()); });
}

TEST_F(SchedulerTest, BeginsNothingMoreOnceTheTargetIsReachedOrTooManyFailed) {
  options_.metric.target = 0.9;
  resume([](Scheduler& scheduler) {
    scheduler.started(scheduler.next()->index, "lstm", 1);
    scheduler.reported(0, 1, 0.95);
    EXPECT_FALSE(scheduler.next().has_value());
    EXPECT_NE(scheduler.reason_to_end().find("reached the target 0.9"), std::string::npos);
  });
  options_.metric.target.reset();
  options_.max_failed_runs = 1;
  resume([](Scheduler& scheduler) {
    scheduler.ended(scheduler.next()->index, {.state = RunState::failed, .reason = "x"});
    EXPECT_FALSE(scheduler.next().has_value());
  });
}

// A search that counts, and writes down what it may learn from.
class SearchingSchedulerTest : public SchedulerTest {
 protected:
  SearchingSchedulerTest() {
    options_.method = Method::bayes;
    options_.run_cap = 8;
    options_.parameters.clear();
    options_.parameters["train.seed"] = {.distribution = Distribution::int_uniform, .min = 0, .max = 1000};
  }
  // `points`: after so many the space is exhausted.
  void search(std::size_t groups, std::size_t points, const std::function<void(Scheduler&)>& work) {
    Ledger ledger(path_);
    if (read_ledger(path_).runs.empty()) ledger.planned("s", options_.metric, plan_runs(options_, 1));
    const auto propose = [&](const std::vector<LedgerRun>& runs, std::size_t known) {
      if (runs.size() >= points) return std::vector<PlannedRun>();
      known_.push_back(known);
      return runs_of_point(options_, 1, {{"train.seed", std::to_string(runs.size())}}, std::ssize(runs), 8);
    };
    Scheduler scheduler(options_, 10, read_ledger(path_), ledger, propose, groups);
    work(scheduler);
  }

  std::vector<std::size_t> known_;
};

TEST_F(SearchingSchedulerTest, WaitsForTheRunsThatItLearnsFrom) {
  search(3, 100, [&](Scheduler& scheduler) {
    ASSERT_EQ(plan_runs(options_, 1).size(), 4u);
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{0, 1, 2, 3}));
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(3, {.state = RunState::finished});
    scheduler.ended(1, {.state = RunState::finished});
    EXPECT_TRUE(take_all(scheduler).empty()) << "the fifth run learns from the first two";
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(0, {.state = RunState::diverged});
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{4}));
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(2, {.state = RunState::finished});
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{5, 6}));
    scheduler.ended(5, {.state = RunState::interrupted, .reason = "a signal"});
    EXPECT_FALSE(scheduler.next());
    EXPECT_FALSE(scheduler.is_waiting()) << "nothing more begins";
  });
  EXPECT_EQ(known_, (std::vector<std::size_t>{2, 3, 4}));
  // A job that resumes learns from the same runs.
  search(3, 100, [&](Scheduler& scheduler) {
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{4, 5, 6}));
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(5, {.state = RunState::finished});
    EXPECT_FALSE(scheduler.next()) << "the eighth learns from the first five";
    scheduler.ended(4, {.state = RunState::finished});
    EXPECT_EQ(scheduler.next()->index, 7u);
  });
}

TEST_F(SearchingSchedulerTest, DoesNotWaitIfThatIsNotWanted) {
  options_.deterministic = false;
  search(3, 100, [&](Scheduler& scheduler) {
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_FALSE(scheduler.is_waiting());
  });
  EXPECT_EQ(known_, (std::vector<std::size_t>{4, 5, 6, 7}));
}

TEST_F(SearchingSchedulerTest, EndsIfThereIsNoFurtherPoint) {
  for (int job = 0; job < 2; ++job)
    search(1, 6, [&](Scheduler& scheduler) {
      while (const auto next = scheduler.next()) scheduler.ended(next->index, {.state = RunState::finished});
      EXPECT_TRUE(scheduler.is_exhausted());
      EXPECT_FALSE(scheduler.is_waiting());
      EXPECT_EQ(scheduler.counts()[RunState::finished], 6u);
      EXPECT_EQ(scheduler.counts().total(), 6u);
    });
}

TEST_F(SchedulerTest, PrunesAndRemembersIt) {
  options_.early_terminate = {.type = EarlyTermination::hyperband, .min_iter = 1};
  resume([](Scheduler& scheduler) {
    for (std::size_t run = 0; run < 3; ++run) scheduler.started(scheduler.next()->index, "lstm", 1);
    scheduler.reported(1, 1, 0.2);
    EXPECT_FALSE(scheduler.is_pruned(1)) << "the run before it has not got there";
    scheduler.ended(1, {.state = RunState::finished});
    scheduler.reported(0, 1, 0.5);
    EXPECT_TRUE(scheduler.is_pruned(1)) << "even though it has finished since";
    EXPECT_EQ(scheduler.take_pruned(), (std::vector<std::size_t>{1}));
    EXPECT_TRUE(scheduler.take_pruned().empty());
    EXPECT_EQ(scheduler.run(1).outcome.epoch, 1);
  });
  EXPECT_EQ(read_ledger(path_).runs[1].state, RunState::pruned);
  resume([](Scheduler& scheduler) {
    EXPECT_TRUE(scheduler.take_pruned().empty());
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{0, 2}));
    scheduler.reported(2, 1, 0.1);
    EXPECT_TRUE(scheduler.is_pruned(2)) << "run 0's value is known from the job before";
  });
}

}  // namespace
}  // namespace cellsweep::sweep
