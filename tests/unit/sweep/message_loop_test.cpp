// The message loops, the coordinator and the workers of a sweep, on mailboxes of one process and a clock that
// nobody waits for.
#include "sweep/message_loop.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "comm/watchdog/deadlines.h"
#include "sweep/coordinator.h"
#include "sweep/ledger.h"
#include "sweep/plan.h"
#include "sweep/scheduler.h"
#include "sweep/worker.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;
namespace deadlines = comm::deadlines;

constexpr double timeout = 100;

// What ranks have sent each other.
using Post = std::vector<std::deque<comm::Mailbox::Envelope>>;

class RankMailbox final : public comm::Mailbox {
 public:
  RankMailbox(Post& post, int rank) : post_(post), rank_(static_cast<std::size_t>(rank)) {}
  void send(int receiver, std::string text) override {
    post_[static_cast<std::size_t>(receiver)].push_back({static_cast<int>(rank_), std::move(text)});
  }
  std::optional<Envelope> receive() override {
    if (post_[rank_].empty()) return std::nullopt;
    Envelope envelope = std::move(post_[rank_].front());
    post_[rank_].pop_front();
    return envelope;
  }

 private:
  Post& post_;
  std::size_t rank_;
};

bool is_sign_of_life(const Message& message) {
  const auto* to_worker = std::get_if<ToWorker>(&message);
  return to_worker != nullptr && std::holds_alternative<StillRunning>(*to_worker);
}

struct SilentView final : metrics::SweepView {
  struct Nobody final : metrics::Observer {
    std::string name() const override { return "nobody"; }
  } nobody;
  metrics::Observer& of_group(std::size_t) override { return nobody; }
  void on_progress(const metrics::SweepProgress&) override {}
  void on_event(const std::string&) override {}
};

// Ranks 0 and 1 are groups of one, ranks 2 and 3 a third group, and rank 4 is idle.
class Sweep : public testing::Test {
 protected:
  struct Rank {
    Rank(Post& post, int rank, Coordinator* coordinator, comm::Communicator& group, const double& now)
        : mailbox(post, rank),
          worker(mailbox, timeout, rank == 1, "a"),
          messages(mailbox, worker, coordinator, &group, timeout, [&now] { return now; }) {}
    RankMailbox mailbox;
    Worker worker;
    MessageLoop messages;
  };

  Sweep() {
    options_.parameters["train.seed"].values = {"1", "2", "3", "4"};
    ledger_.planned("s", options_.metric, plan_runs(options_, 1));
    scheduler_.emplace(options_, 2, read_ledger(path_), ledger_);
    coordinator_.emplace(options_.metric, Groups{{1, 1, 2}},
                         std::vector<std::string>{"a", "b", "c", "c", "d"}, timeout, *scheduler_,
                         mailbox_of_0_, view_);
    for (int rank = 0; rank < 5; ++rank)
      ranks_.push_back(
          std::make_unique<Rank>(post_, rank, rank == 0 ? &*coordinator_ : nullptr, *group_, now_));
  }
  ~Sweep() override { fs::remove(path_); }

  Worker& worker(std::size_t rank) { return ranks_[rank]->worker; }
  MessageLoop& messages(std::size_t rank) { return ranks_[rank]->messages; }
  // Each rank that is named polls once a second from now on.
  void poll(const std::vector<std::size_t>& ranks, double seconds) {
    for (const double end = now_ + seconds; now_ < end; now_ += 1)
      for (const std::size_t rank : ranks) messages(rank).poll();
  }
  // The ranks that rank 0 has sent a sign of life since they last polled.
  std::vector<std::size_t> signed_to() const {
    std::vector<std::size_t> ranks;
    for (std::size_t rank = 0; rank < post_.size(); ++rank)
      for (const auto& envelope : post_[rank])
        if (is_sign_of_life(message_from_bytes(envelope.text))) {
          ranks.push_back(rank);
          break;
        }
    return ranks;
  }

  double now_ = 0;
  const fs::path path_ =
      fs::temp_directory_path() / ("cellsweep_loop_" + std::to_string(getpid()) + ".jsonl");
  SweepOptions options_;
  Ledger ledger_{path_};
  Post post_ = Post(5);
  RankMailbox mailbox_of_0_{post_, 0};
  SilentView view_;
  std::optional<Scheduler> scheduler_;
  std::optional<Coordinator> coordinator_;
  const std::unique_ptr<comm::Communicator> group_ = comm::make_self_communicator();
  std::vector<std::unique_ptr<Rank>> ranks_;
};

TEST_F(Sweep, ARankWithoutACoordinatorTakesNoMessageForIt) {
  RankMailbox(post_, 2).send(1, to_bytes(ToCoordinator(AskForRun{})));
  EXPECT_THROW(messages(1).poll(), Error);
}

TEST_F(Sweep, ASilentGroupThatTrainsIsGivenUp) {
  worker(1).ask_for_run();
  poll({0, 1}, 1);
  EXPECT_NO_THROW(poll({0}, deadlines::group_silence(timeout)));
  try {
    poll({0}, 2);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "rank 1 on b, which trains run 001-1, has sent nothing for 102 s, longer than "
                 "parallel.timeout_seconds permits");
  }
}

TEST_F(Sweep, AGroupThatTrainsNothingMayBeSilent) {
  EXPECT_NO_THROW(poll({0}, 5 * timeout));
  worker(1).ask_for_run();
  poll({0, 1}, 1);
  worker(1).ended({.state = RunState::finished});
  EXPECT_NO_THROW(poll({0}, 5 * timeout));
}

// It has nothing to report, but polls, as the trainer does between batches.
TEST_F(Sweep, ALongEvaluationIsNotTakenForSilence) {
  worker(0).ask_for_run();
  worker(1).ask_for_run();
  EXPECT_NO_THROW(poll({0, 1}, 5 * timeout));
  EXPECT_EQ(worker(0).stop_request(), StopRequest::none);
  EXPECT_EQ(worker(1).stop_request(), StopRequest::none);
}

TEST_F(Sweep, AWorkerThatLosesTheCoordinatorInterruptsItsRun) {
  for (const std::size_t rank : {1u, 2u, 4u}) {
    now_ = 0;
    const double patience = deadlines::coordinator_silence(timeout, rank == 1);
    poll({rank}, patience);
    EXPECT_EQ(worker(rank).stop_request(), StopRequest::none) << rank;
    EXPECT_FALSE(worker(rank).has_lost_coordinator());
    poll({rank}, 2);
    EXPECT_EQ(worker(rank).stop_request(), StopRequest::interrupt) << rank;
    EXPECT_TRUE(worker(rank).has_lost_coordinator());
  }
  EXPECT_EQ(worker(1).lost_coordinator_text(),
            "rank 0 on a, which assigns the runs, has sent nothing for 102 s, longer than "
            "parallel.timeout_seconds permits");
}

TEST_F(Sweep, TimeInWhichTheJobWasSuspendedDoesNotCount) {
  worker(0).ask_for_run();
  worker(1).ask_for_run();
  for (int i = 0; i < 3; ++i) {
    poll({0, 1, 4}, 5);
    now_ += 3600;
  }
  EXPECT_NO_THROW(poll({0, 1, 4}, 1));
  for (const std::size_t rank : {0u, 1u, 4u}) EXPECT_FALSE(worker(rank).has_lost_coordinator()) << rank;
}

TEST_F(Sweep, TheCoordinatorGivesSignsOfLifeToThoseWhoWouldMissThem) {
  messages(0).poll();
  EXPECT_EQ(signed_to(), std::vector<std::size_t>());
  now_ = deadlines::sign_of_life_interval(timeout);
  messages(0).poll();
  EXPECT_EQ(signed_to(), (std::vector<std::size_t>{1, 2, 4}));  // rank 3 hears of its group's first rank
  for (const std::size_t rank : {1u, 2u, 4u}) messages(rank).poll();
  now_ += 0.5;
  messages(0).poll();
  EXPECT_EQ(signed_to(), std::vector<std::size_t>());
}

TEST_F(Sweep, WhatWasReportedHasArrivedWhenTheLoopWasPolled) {
  worker(0).ask_for_run();
  messages(0).poll();
  messages(0).poll();
  metrics::RunInfo info;
  info.run_id = "001-1";
  info.cell = "lstm";
  worker(0).observer().on_run_begin(info);
  EXPECT_EQ(scheduler_->counts()[RunState::running], 0u);
  messages(0).poll();
  EXPECT_EQ(scheduler_->counts()[RunState::running], 1u);
  EXPECT_EQ(read_ledger(path_).runs[0].state, RunState::running);
}

TEST_F(Sweep, ARunIsStoppedByItsOwnMessagesAlone) {
  worker(1).ask_for_run();
  poll({0, 1}, 1);
  const std::size_t index = std::get<RunAssignment>(*worker(1).answer()).index;
  worker(1).take(StopRun{index + 1}, now_);
  EXPECT_EQ(worker(1).stop_request(), StopRequest::none);
  worker(1).take(StopRun{index}, now_);
  EXPECT_EQ(worker(1).stop_request(), StopRequest::prune);
  worker(1).take(StopRun{index, true}, now_);
  EXPECT_EQ(worker(1).stop_request(), StopRequest::interrupt);
  worker(1).take(StopRun{index}, now_);
  EXPECT_EQ(worker(1).stop_request(), StopRequest::interrupt);  // the greatest counts
  worker(1).ended({.state = RunState::interrupted});
  worker(1).ask_for_run();
  poll({0, 1}, 1);
  EXPECT_NE(std::get<RunAssignment>(*worker(1).answer()).index, index);
  EXPECT_EQ(worker(1).stop_request(), StopRequest::none);
}

TEST_F(Sweep, ASignalToOneGroupInterruptsAll) {
  worker(0).ask_for_run();
  worker(1).ask_for_run();
  poll({0, 1}, 1);
  worker(1).ended({.state = RunState::interrupted});
  poll({0, 1}, 1);
  EXPECT_EQ(worker(0).stop_request(), StopRequest::interrupt);
}

// A world of one rank, as without a launcher.
TEST(MessageLoopOfOne, GivesEachRunAndEnds) {
  const fs::path path = fs::temp_directory_path() / ("cellsweep_one_" + std::to_string(getpid()) + ".jsonl");
  SweepOptions options;
  options.parameters["train.seed"].values = {"1", "2", "3"};
  Ledger ledger(path);
  ledger.planned("s", options.metric, plan_runs(options, 1));
  Scheduler scheduler(options, 2, read_ledger(path), ledger);
  const auto mailbox = comm::make_self_mailbox();
  SilentView view;
  Coordinator coordinator(options.metric, {{1}}, {"a"}, timeout, scheduler, *mailbox, view);
  Worker worker(*mailbox, timeout, false, "a");
  const auto group = comm::make_self_communicator();
  MessageLoop messages(*mailbox, worker, &coordinator, group.get(), timeout);
  std::vector<std::string> trained;
  while (const auto assignment = messages.next_run()) {
    trained.push_back(assignment->run.run_id);
    messages.ended({.state = RunState::finished, .seconds = 1});
  }
  messages.wait_for_end();
  EXPECT_EQ(trained, (std::vector<std::string>{"001-1", "002-2", "003-3"}));
  EXPECT_EQ(scheduler.counts()[RunState::finished], 3u);
  fs::remove(path);
}

// The clock advances a second each time that it is looked at.
TEST(MessageLoopOfOne, WaitsNoLongerThanRank0MayBeSilent) {
  Post post(2);
  RankMailbox mailbox(post, 1);
  const auto group = comm::make_self_communicator();
  for (const bool waits_for_run : {true, false}) {
    double now = 0;
    Worker worker(mailbox, timeout, true, "a");
    MessageLoop messages(mailbox, worker, nullptr, group.get(), timeout, [&] { return now += 1; });
    EXPECT_THROW(waits_for_run ? (void)messages.next_run() : messages.wait_for_end(), Error);
    EXPECT_NEAR(now, deadlines::coordinator_silence(timeout, true), 4);
  }
}

}  // namespace
}  // namespace cellsweep::sweep
