// Letters between ranks, and how the ranks of a sweep share its runs; nothing is trained.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/process.h"
#include "comm/gather_texts.h"
#include "metrics/sweep_view.h"
#include "parallel/world.h"
#include "sweep/desk.h"
#include "sweep/member.h"
#include "sweep/scheduler.h"

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

std::string text_of(int sender, int number) {
  return std::string(static_cast<std::size_t>(number * number * 37), static_cast<char>('a' + sender)) +
         std::to_string(number);
}

// Every rank writes to every one, itself too. Large letters are on their way longer than small ones.
TEST(Mailbox, BringsEveryLetterWholeAndInOrder) {
  constexpr int letters = 40;
  const auto mailbox = make_mailbox();
  for (int number = 0; number < letters; ++number)
    for (int receiver = 0; receiver < world().size(); ++receiver)
      mailbox->send(receiver, text_of(world().rank(), number));
  std::vector<int> next(static_cast<std::size_t>(world().size()));
  for (int left = letters * world().size(); left > 0;) {
    const auto letter = mailbox->receive();
    if (!letter) continue;
    EXPECT_EQ(letter->text, text_of(letter->sender, next[static_cast<std::size_t>(letter->sender)]++));
    --left;
  }
  EXPECT_FALSE(mailbox->receive().has_value());
  world().barrier();
}

// Groups of one rank, and, where their number is odd, an idle one.
class SweepTest : public testing::TestWithParam<int> {};

TEST_P(SweepTest, EveryRunIsTrainedOnce) {
  const int size = std::min(GetParam(), world().size());
  const sweep::Groups groups{std::vector<int>(static_cast<std::size_t>(world().size() / size), size)};
  sweep::SweepOptions options;
  options.parameters["train.seed"].values = {"1", "2", "3", "4", "5", "6", "7"};
  const fs::path path = fs::temp_directory_path() / ("cellsweep_desk_" + std::to_string(getpid()) + ".jsonl");
  const auto mailbox = make_mailbox();
  const std::vector<std::string> hosts = comm::gather_texts(world(), host_name());
  const auto view = metrics::make_sweep_view(metrics::Progress::none, groups.sizes.size(), stdout);
  std::unique_ptr<sweep::Ledger> ledger;
  std::unique_ptr<sweep::Scheduler> scheduler;
  std::unique_ptr<sweep::Desk> desk;
  if (world().rank() == 0) {
    ledger = std::make_unique<sweep::Ledger>(path);
    ledger->planned("s", options.metric, sweep::plan_runs(options, 1));
    scheduler = std::make_unique<sweep::Scheduler>(options, 2, sweep::read_ledger(path), *ledger);
    desk = std::make_unique<sweep::Desk>(options.metric, groups, hosts, 20, *scheduler, *mailbox, *view);
  }
  const int mine = groups.group_of(world().rank());
  const auto group = world().split(mine + 1, world().rank());
  sweep::Member member(*mailbox, mine < 0 ? nullptr : group.get(), 20, desk.get(), hosts.front());
  std::int64_t trained = 0;
  while (const auto job = member.next()) {
    EXPECT_EQ(job->attempt, 1);
    if (group->rank() == 0) {
      ++trained;
      metrics::RunInfo info;
      info.run_id = job->run.run_id;
      info.cell = "lstm";
      member.observer().on_run_begin(info);
      member.observer().on_step({.epoch = 1, .step = 1});
      member.observer().on_evaluation_batch();
      member.observer().on_epoch_end({.epoch = 1, .val_accuracy = 0.5});
      member.observer().on_run_end({.status = "finished", .reason = "", .epochs = 1});
    }
    EXPECT_EQ(member.wish(), sweep::Member::Wish::go_on);
    member.ended({.status = "finished", .seconds = 1});
  }
  member.wait_for_end();
  world().all_reduce(std::span(&trained, 1));
  EXPECT_EQ(trained, 7);
  if (world().rank() == 0) {
    EXPECT_EQ(scheduler->counts().finished, 7u);
    for (const auto& run : sweep::read_ledger(path).runs) {
      EXPECT_EQ(run.status, "finished");
      EXPECT_EQ(run.values.at(1), 0.5);
    }
    fs::remove(path);
  }
}

INSTANTIATE_TEST_SUITE_P(RanksOfAGroup, SweepTest, testing::Values(1, 2, 64));

}  // namespace
}  // namespace cellsweep
