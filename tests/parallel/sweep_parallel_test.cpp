// Messages between ranks, and how the ranks of a sweep share its runs; nothing is trained.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/process.h"
#include "base/stopwatch.h"
#include "comm/gather_texts.h"
#include "parallel/world.h"
#include "sweep/coordinator.h"
#include "sweep/message_loop.h"
#include "sweep/scheduler.h"
#include "sweep/worker.h"
#include "terminal/sweep_view.h"

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

std::string text_of(int sender, int number) {
  return std::string(number * number * 37, static_cast<char>('a' + sender)) + std::to_string(number);
}

// Every rank writes to every one, itself too. Large messages are on their way longer than small ones.
TEST(Mailbox, BringsEveryMessageWholeAndInOrder) {
  constexpr int messages = 40;
  const auto mailbox = make_mailbox();
  for (int number = 0; number < messages; ++number)
    for (int receiver = 0; receiver < world().size(); ++receiver)
      mailbox->send(receiver, text_of(world().rank(), number));
  std::vector<int> next(world().size());
  for (int left = messages * world().size(); left > 0;) {
    const auto message = mailbox->receive();
    if (!message) continue;
    EXPECT_EQ(message->text, text_of(message->sender, next[message->sender]++));
    --left;
  }
  EXPECT_FALSE(mailbox->receive().has_value());
  world().barrier();
}

// What every rank has of a sweep, and on rank 0 the ledger, scheduler and coordinator too. The constructor is
// collective; `options` and `groups` outlive it.
struct SweepOnRanks {
  SweepOnRanks(const sweep::SweepOptions& options, const sweep::Groups& groups, double timeout,
               const sweep::Scheduler::Propose& propose = {})
      : view(terminal::make_sweep_view(terminal::Progress::none, groups.sizes.size(), stdout)) {
    if (world().rank() != 0) return;
    ledger = std::make_unique<sweep::Ledger>(path);
    ledger->planned("s", options.metric, sweep::plan_runs(options, 1));
    scheduler = std::make_unique<sweep::Scheduler>(options, 2, sweep::read_ledger(path), *ledger, propose,
                                                   propose ? groups.sizes.size() : 1);
    coordinator = std::make_unique<sweep::Coordinator>(options.metric, groups, hosts, timeout, *scheduler,
                                                       *mailbox, *view);
  }
  ~SweepOnRanks() { fs::remove(path); }
  SweepOnRanks(const SweepOnRanks&) = delete;
  SweepOnRanks& operator=(const SweepOnRanks&) = delete;

  const fs::path path =
      fs::temp_directory_path() / ("cellsweep_sweep_" + std::to_string(getpid()) + ".jsonl");
  const std::unique_ptr<comm::Mailbox> mailbox = make_mailbox();
  const std::vector<std::string> hosts = comm::gather_texts(world(), host_name());
  const std::unique_ptr<metrics::SweepView> view;
  std::unique_ptr<sweep::Ledger> ledger;
  std::unique_ptr<sweep::Scheduler> scheduler;
  std::unique_ptr<sweep::Coordinator> coordinator;
};

// Groups of one rank, and, if their number is odd, an idle one.
class SweepTest : public testing::TestWithParam<int> {};

TEST_P(SweepTest, EveryRunIsTrainedOnce) {
  const int size = std::min(GetParam(), world().size());
  const sweep::Groups groups{std::vector<int>(world().size() / size, size)};
  sweep::SweepOptions options;
  options.parameters["train.seed"].values = {"1", "2", "3", "4", "5", "6", "7"};
  const SweepOnRanks on_ranks(options, groups, 20);
  const int mine = groups.group_of(world().rank());
  const auto group = world().split(mine + 1, world().rank());
  sweep::Worker worker(*on_ranks.mailbox, 20, false, on_ranks.hosts.front());
  sweep::MessageLoop messages(*on_ranks.mailbox, worker, on_ranks.coordinator.get(),
                              mine < 0 ? nullptr : group.get(), 20);
  std::int64_t trained = 0;
  while (const auto assignment = messages.next_run()) {
    EXPECT_EQ(assignment->attempt, 1);
    if (group->rank() == 0) {
      ++trained;
      metrics::RunInfo info;
      info.run_id = assignment->run.run_id;
      info.cell = "lstm";
      worker.observer().on_run_begin(info);
      worker.observer().on_step({.epoch = 1, .step = 1});
      messages.poll();
      worker.observer().on_epoch_end({.epoch = 1, .metrics = {{"val_accuracy", 0.5}}});
      worker.observer().on_run_end({.state = RunState::finished, .reason = "", .epochs = 1});
    }
    EXPECT_EQ(worker.stop_request(), StopRequest::none);
    messages.ended({.state = RunState::finished, .seconds = 1});
  }
  messages.wait_for_end();
  world().all_reduce(std::span(&trained, 1));
  EXPECT_EQ(trained, 7);
  if (world().rank() == 0) {
    EXPECT_EQ(on_ranks.scheduler->counts()[RunState::finished], 7u);
    for (const auto& run : sweep::read_ledger(on_ranks.path).runs) {
      EXPECT_EQ(run.state, RunState::finished);
      EXPECT_EQ(run.values.at(1), 0.5);
    }
  }
}

// A group waits for another's run, which the search learns from, for longer than a rank may wait for another.
TEST(WaitingSweepTest, AGroupOutlivesTheRunItWaitsFor) {
  constexpr double timeout = 3;
  if (world().size() < 2) GTEST_SKIP() << "needs two groups";
  watchdog().set_timeout(timeout);
  const int half = world().size() / 2;
  const sweep::Groups groups{{half, world().size() - half}};
  sweep::SweepOptions options;
  options.method = sweep::Method::bayes;
  options.run_cap = 6;
  options.parameters["train.seed"] = {.distribution = sweep::Distribution::int_uniform, .min = 1, .max = 99};
  const auto propose = [&](const std::vector<sweep::LedgerRun>& runs, std::size_t known) {
    EXPECT_EQ(known, runs.size() - 1);
    return sweep::runs_of_point(options, 1, {{"train.seed", std::to_string(100 + runs.size())}},
                                std::ssize(runs), 6);
  };
  const SweepOnRanks on_ranks(options, groups, timeout, propose);
  const int mine = groups.group_of(world().rank());
  const auto group = world().split(mine + 1, world().rank());
  sweep::Worker worker(*on_ranks.mailbox, timeout, false, on_ranks.hosts.front());
  sweep::MessageLoop messages(*on_ranks.mailbox, worker, on_ranks.coordinator.get(), group.get(), timeout);
  std::int64_t trained = 0;
  while (const auto assignment = messages.next_run()) {
    // The run before the first that is proposed.
    const Stopwatch clock;
    while (clock.seconds() < (assignment->index == 3 ? 2 * timeout : 0)) {
      if (group->rank() == 0) worker.observer().on_step({.epoch = 1, .step = 1});
      if (group->rank() == 0) messages.poll();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    group->barrier();
    if (group->rank() == 0) ++trained;
    messages.ended({.state = RunState::finished, .seconds = 1});
  }
  messages.wait_for_end();
  world().all_reduce(std::span(&trained, 1));
  EXPECT_EQ(trained, 6);
  world().barrier();
  watchdog().set_timeout(30);
}

INSTANTIATE_TEST_SUITE_P(RanksOfAGroup, SweepTest, testing::Values(1, 2, 64));

}  // namespace
}  // namespace cellsweep
