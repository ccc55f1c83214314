#include "job/run_scope.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace cellsweep::job {
namespace {

// What a run reports, as a line of words, and the last summary.
struct Listener final : metrics::Observer {
  std::string name() const override { return "listener"; }
  void on_run_begin(const metrics::RunInfo& info) override { words += "begin " + info.run_id + ", "; }
  void on_run_end(const metrics::RunSummary& end) override {
    words += "end, ";
    summary = end;
  }
  std::string words;
  metrics::RunSummary summary;
};

class RunScopeTest : public testing::Test {
 protected:
  RunScope begin() {
    metrics::RunInfo info;
    info.run_id = "001";
    return {listener_, info, clock_, [this] { listener_.words += "poll, "; }};
  }
  // Runs what throws `error`, and expects the same out of it.
  template <class Thrown>
  void fail_with(const Thrown& error) {
    RunScope scope = begin();
    EXPECT_THROW(scope.run([&]() -> train::RunResult { throw error; }), Thrown);
  }

  Listener listener_;
  const Stopwatch clock_;
};

TEST_F(RunScopeTest, BeginsAndEndsOnceAndIsPolledAfterEach) {
  RunScope scope = begin();
  EXPECT_EQ(listener_.words, "begin 001, poll, ");
  const train::RunResult given = scope.run([&] {
    listener_.words += "train, ";
    return train::RunResult{.history = {{}, {}},
                            .steps = 7,
                            .reason = "it is worse",
                            .stopped_by = StopRequest::prune,
                            .seconds = 2.5};
  });
  EXPECT_EQ(given.steps, 7);
  EXPECT_EQ(listener_.words, "begin 001, poll, train, end, poll, ");
  EXPECT_EQ(listener_.summary.state, RunState::pruned);
  EXPECT_EQ(listener_.summary.reason, "it is worse");
  EXPECT_EQ(listener_.summary.seconds, 2.5);
  EXPECT_EQ(listener_.summary.epochs, 2);
  EXPECT_EQ(listener_.summary.steps, 7);
}

TEST_F(RunScopeTest, EndsOnceByAnErrorOfAllRanksWhichPasses) {
  fail_with(train::DivergedError("loss is not finite"));
  EXPECT_EQ(listener_.words, "begin 001, poll, end, poll, ");
  EXPECT_EQ(listener_.summary.state, RunState::diverged);
  EXPECT_EQ(listener_.summary.reason, "loss is not finite");
  listener_ = {};
  fail_with(comm::CollectiveError("disk full", ExitCode::failure));
  EXPECT_EQ(listener_.words, "begin 001, poll, end, poll, ");
  EXPECT_EQ(listener_.summary.state, RunState::failed);
  EXPECT_EQ(listener_.summary.reason, "disk full");
  EXPECT_GT(listener_.summary.seconds, 0);
}

TEST_F(RunScopeTest, HasNoEndIfThisRankFailsAlone) {
  fail_with(std::runtime_error("a pointer"));
  EXPECT_EQ(listener_.words, "begin 001, poll, ");
}

}  // namespace
}  // namespace cellsweep::job
