// Which runs a sweep has, and which are stopped early.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "sweep/hyperband.h"
#include "sweep/metric.h"
#include "sweep/plan.h"
#include "sweep/scheduler.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;

Parameter read_parameter(const nlohmann::json& from) {
  Parameter parameter{.distribution = *from_name<Distribution>(from.at("distribution").get<std::string>())};
  for (const auto& value : from.value("values", nlohmann::json::array()))
    parameter.values.push_back(std::to_string(value.get<int>()));
  parameter.probabilities = from.value("probabilities", std::vector<double>());
  parameter.min = from.value("min", parameter.min), parameter.max = from.value("max", parameter.max);
  parameter.mu = from.value("mu", parameter.mu), parameter.sigma = from.value("sigma", parameter.sigma);
  parameter.a = from.value("a", parameter.a), parameter.b = from.value("b", parameter.b);
  parameter.q = from.value("q", parameter.q);
  return parameter;
}

// Kolmogorov and Smirnov's test against quantiles x_i at levels p_i. For a distribution with steps, F(x-) <=
// p <= F(x).
TEST(Draw, IsDistributedAsInTheClientOfWandb) {
  std::ifstream file(CELLSWEEP_QUANTILES);
  const auto golden = nlohmann::json::parse(file);
  const auto levels = golden.at("levels").get<std::vector<double>>();
  ASSERT_EQ(golden.at("cases").size(), 17u);
  for (const auto& golden_case : golden.at("cases")) {
    const Parameter parameter = read_parameter(golden_case.at("parameter"));
    constexpr int count = 20000;
    const double critical = 1.95 / std::sqrt(count);  // exceeded once in a thousand trials
    std::vector<double> drawn;
    for (std::uint64_t i = 0; i < count; ++i)
      drawn.push_back(std::stod(draw(parameter, RandomSequence(i, RandomPurpose::sweep, 3))));
    std::ranges::sort(drawn);
    double distance = 0;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      // Nine digits are written, so equal values differ by less.
      const double x = golden_case.at("quantiles")[i].get<double>(), slack = 1e-8 * std::abs(x) + 1e-12;
      const auto share = [&](auto end) { return static_cast<double>(end - drawn.begin()) / count; };
      const double below = share(std::ranges::lower_bound(drawn, x - slack));
      const double up_to = share(std::ranges::upper_bound(drawn, x + slack));
      distance = std::max({distance, below - levels[i], levels[i] - up_to});
    }
    EXPECT_LT(distance, critical) << golden_case.at("parameter");
  }
}

TEST(Draw, StaysWithinItsBounds) {
  for (const auto& name : enum_names<Distribution>) {
    const Distribution distribution = *from_name<Distribution>(name);
    if (words_of(distribution).required == std::vector<std::string>{"value"} ||
        name.starts_with("categorical"))
      continue;
    const Parameter parameter{.distribution = distribution, .min = 1, .max = 8, .a = 0.01, .b = 2, .q = 0.4};
    const auto [least, greatest] = bounds_of(parameter);
    for (std::uint64_t i = 0; i < 500; ++i) {
      const double value = std::stod(draw(parameter, RandomSequence(i, RandomPurpose::sweep, 0)));
      EXPECT_GE(value, least - 1e-9) << name;
      EXPECT_LE(value, greatest + 1e-9) << name;
    }
  }
}

SweepOptions random_search(std::int64_t cap) {
  SweepOptions options;
  options.method = Method::random;
  options.run_cap = cap;
  options.parameters["train.optimizer.learning_rate"] = {
      .distribution = Distribution::log_uniform_values, .min = 1e-4, .max = 1};
  options.parameters["model.hidden_size"] = {.distribution = Distribution::int_uniform, .min = 8, .max = 64};
  return options;
}

TEST(Plan, ARandomSearchDependsOnItsSeedAlone) {
  SweepOptions options = random_search(40);
  const auto first = plan_runs(options, 1);
  const auto again = plan_runs(options, 9);
  options.run_cap = 20;
  const auto fewer = plan_runs(options, 1);
  ASSERT_EQ(first.size(), 40u);
  std::set<std::string> rates;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].parameters, again[i].parameters);
    if (i < fewer.size()) {
      EXPECT_EQ(first[i].parameters, fewer[i].parameters);
    }
    rates.insert(first[i].parameters[1].second);
  }
  EXPECT_EQ(rates.size(), 40u);
  options.seed = 2;
  EXPECT_NE(plan_runs(options, 1)[0].parameters, first[0].parameters);
}

// Drawn once on x86-64 with glibc 2.36: another machine must not come to other values.
TEST(Plan, ARandomSearchIsTheSameOnAnyMachine) {
  const auto runs = plan_runs(random_search(2), 1);
  EXPECT_EQ(runs[0].run_id, "001-19-0.000835861685");
  EXPECT_EQ(runs[1].run_id, "002-59-0.000751445718");
}

TEST(Plan, ParametersUnderAConditionAreLeftOutWhereItDoesNotHold) {
  SweepOptions options;
  options.parameters["train.optimizer.name"].values = {"sgd", "adam"};
  options.parameters["train.optimizer.momentum"].values = {"0", "0.9"};
  options.conditions["train.optimizer.momentum"] = {{"train.optimizer.name", {"sgd"}}};
  std::vector<std::string> ids;
  for (const auto& run : plan_runs(options, 1)) ids.push_back(run.run_id);
  EXPECT_EQ(ids, (std::vector<std::string>{"001-0-sgd", "002-adam", "003-0.9-sgd"}));
}

TEST(Plan, RepeatsArePointsWithSeveralTrainingSeeds) {
  SweepOptions options;
  options.parameters["model.cell"].values = {"lstm", "gru"};
  options.repeats = 2;
  const auto runs = plan_runs(options, 7);
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[1].run_id, "002-lstm-8");
  EXPECT_EQ(runs[1].point, 0);
  EXPECT_EQ(runs[2].point, 1);
  EXPECT_EQ(runs[2].parameters.back(), (std::pair<std::string, std::string>{"train.seed", "7"}));
}

TEST(Plan, ShufflingKeepsEveryPoint) {
  SweepOptions options;
  options.parameters["train.epochs"] = {.distribution = Distribution::int_uniform, .min = 1, .max = 30};
  const auto sorted = plan_runs(options, 1);
  options.shuffle = true;
  const auto shuffled = plan_runs(options, 1);
  ASSERT_EQ(shuffled.size(), 30u);
  std::set<std::string> of_sorted, of_shuffled;
  bool is_moved = false;
  for (std::size_t i = 0; i < 30; ++i) {
    of_sorted.insert(sorted[i].parameters[0].second);
    of_shuffled.insert(shuffled[i].parameters[0].second);
    is_moved |= sorted[i].parameters != shuffled[i].parameters;
  }
  EXPECT_EQ(of_sorted, of_shuffled);
  EXPECT_TRUE(is_moved);
  options.run_cap = 5;
  EXPECT_EQ(plan_runs(options, 1).size(), 5u);
}

TEST(Plan, AGridCountsUniformKindsAsWandbDoes) {
  const Parameter whole{.distribution = Distribution::int_uniform, .min = 2, .max = 4};
  EXPECT_EQ(all_values(whole, 10), (Values{"2", "3", "4"}));
  const Parameter steps{.distribution = Distribution::q_uniform, .min = 0, .max = 1, .q = 0.25};
  EXPECT_EQ(all_values(steps, 10), (Values{"0", "0.25", "0.5", "0.75"}));
  EXPECT_THROW(all_values(whole, 2), UserError);
  EXPECT_THROW(all_values({.distribution = Distribution::normal}, 10), UserError);
}

TEST(HyperbandTest, BandsAsInTheSchema) {
  using Bands = std::vector<std::int64_t>;
  EXPECT_EQ(bands_of({.max_iter = 27, .s = 2}, 100), (Bands{3, 9}));
  EXPECT_EQ(bands_of({.min_iter = 3}, 30), (Bands{3, 9, 27}));
  EXPECT_EQ(bands_of({.min_iter = 3, .eta = 2}, 11), (Bands{3, 6}));
  EXPECT_EQ(bands_of({.max_iter = 4, .s = 10, .eta = 2}, 100), (Bands{1, 2}));
}

// Losses by run and epoch.
using Losses = std::vector<std::vector<double>>;

// The verdicts, where the epochs of each run come in order and the runs in any.
std::set<std::pair<std::size_t, std::int64_t>> verdicts_of(const Losses& losses,
                                                           const EarlyTerminateOptions& options,
                                                           std::uint64_t order) {
  Hyperband hyperband(options, Goal::minimize, losses.size(), 100);
  std::set<std::pair<std::size_t, std::int64_t>> found;
  std::vector<std::size_t> done(losses.size());
  std::set<std::size_t> open;
  for (std::size_t run = 0; run < losses.size(); ++run) open.insert(run);
  const RandomSequence random(order, RandomPurpose::sweep, 1);
  for (std::uint64_t step = 0; !open.empty(); ++step) {
    const std::size_t run =
        *std::next(open.begin(), static_cast<std::ptrdiff_t>(random.below(step, open.size())));
    if (done[run] < losses[run].size()) {
      hyperband.report(run, static_cast<std::int64_t>(done[run]) + 1, losses[run][done[run]]);
      ++done[run];
    } else {
      hyperband.ended(run);
      open.erase(run);
    }
    for (const auto& verdict : hyperband.decide())
      EXPECT_TRUE(found.insert({verdict.run, verdict.epoch}).second);
  }
  return found;
}

TEST(HyperbandTest, StopsARunThatIsWorseThanThoseBefore) {
  const EarlyTerminateOptions options{.min_iter = 1, .eta = 2};
  const Losses losses{{1, 1, 1}, {2, 2, 2}, {0.5, 3, 3}, {NAN, 0, 0}};
  // At epoch 1: 1 stays; 2 is above sorted(1, 2)[1]? No, it equals it. 0.5 stays, NaN is passed over.
  // At epoch 2, best so far: 1; 2 <= sorted(1, 2)[1]; 0.5 stays; 0 stays.
  EXPECT_TRUE(verdicts_of(losses, options, 0).empty());
  const EarlyTerminateOptions harsh{.min_iter = 1, .eta = 3};
  // 2 is above sorted(1, 2)[0] = 1.
  EXPECT_EQ(verdicts_of(losses, harsh, 0), (std::set<std::pair<std::size_t, std::int64_t>>{{1, 1}}));
  // Epoch 3 is a band; strict compares 3, not the best so far, 0.5, with sorted(1, 3)[0] = 1.
  const EarlyTerminateOptions strict{.min_iter = 1, .eta = 3, .strict = true};
  EXPECT_EQ(verdicts_of(losses, strict, 0), (std::set<std::pair<std::size_t, std::int64_t>>{{1, 1}, {2, 3}}));
}

TEST(HyperbandTest, VerdictsDoNotDependOnTheOrderOfReports) {
  std::size_t verdicts = 0;
  for (std::uint64_t trial = 0; trial < 20; ++trial) {
    const RandomSequence random(trial, RandomPurpose::sweep, 2);
    Losses losses(12);
    std::uint64_t draw = 0;
    for (auto& run : losses) {
      run.resize(random.below(draw++, 10));
      for (double& loss : run) loss = random.below(draw++, 9) == 0 ? NAN : random.uniform(draw++);
    }
    const EarlyTerminateOptions options{.min_iter = 2, .eta = 2, .strict = trial % 2 == 0};
    const auto expected = verdicts_of(losses, options, 0);
    verdicts += expected.size();
    for (std::uint64_t order = 1; order < 15; ++order)
      EXPECT_EQ(verdicts_of(losses, options, order), expected);
  }
  EXPECT_GT(verdicts, 20u);
}

class SchedulerTest : public testing::Test {
 protected:
  SchedulerTest() {
    options_.parameters["train.seed"].values = {"1", "2", "3"};
    fs::remove(path_);
  }
  ~SchedulerTest() override { fs::remove(path_); }

  // What a job sees that goes on with the ledger.
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

TEST_F(SchedulerTest, GoesOnWithWhatIsLeft) {
  resume([](Scheduler& scheduler) {
    for (std::size_t run = 0; run < 2; ++run) scheduler.started(scheduler.next()->index, "lstm", 1);
    scheduler.ended(0, {.status = "finished", .seconds = 1});
  });
  resume([](Scheduler& scheduler) {
    const auto job = scheduler.next();
    EXPECT_EQ(job->index, 1u);
    EXPECT_EQ(job->attempt, 2);
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{2}));
    EXPECT_EQ(scheduler.counts().finished, 1u);
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
    scheduler.ended(1, {.status = "diverged"});
    EXPECT_EQ(scheduler.best(), 0.5);
  });
  resume([](Scheduler& scheduler) { EXPECT_EQ(scheduler.best(), 0.5); });
  EXPECT_FALSE(read_ledger(path_).runs[1].best(Goal::minimize)) << "a point for bayes without a result";
}

TEST(Metric, GoalAndDoubts) {
  EXPECT_EQ(usual_goal("val_loss"), Goal::minimize);
  EXPECT_EQ(usual_goal("val_accuracy"), Goal::maximize);
  EXPECT_TRUE(doubts({"val_loss", Goal::minimize, 0.1}).empty());
  EXPECT_TRUE(doubts({"accuracy", Goal::maximize, 1.0}).empty());
  EXPECT_EQ(
      doubts({"val_loss", Goal::maximize}),
      (std::vector<std::string>{"sweep.metric.goal is maximize, but val_loss is a loss: the run with the "
                                "greatest val_loss counts as the best"}));
  EXPECT_EQ(doubts({"val_accuracy", Goal::minimize}).size(), 1u);
  EXPECT_EQ(doubts({"val_accuracy", Goal::maximize, 95.0}),
            (std::vector<std::string>{"sweep.metric.target is 95, but val_accuracy is from 0 to 1"}));
  EXPECT_EQ(doubts({"loss", Goal::minimize, -1.0}).size(), 1u);
}

TEST_F(SchedulerTest, TriesAFailedRunAgainAFewTimes) {
  options_.max_attempts = 2;
  for (int attempt = 0; attempt < 2; ++attempt)
    resume([](Scheduler& scheduler) {
      scheduler.started(scheduler.next()->index, "lstm", 1);
      scheduler.ended(0, {.status = "failed", .reason = "disk"});
    });
  resume([](Scheduler& scheduler) {
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{1, 2}));
    scheduler.started(1, "lstm", 1);
    scheduler.ended(1, {.status = "failed", .is_permanent = true});
    scheduler.started(2, "lstm", 1);
    scheduler.ended(2, {.status = "diverged"});
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
    scheduler.ended(scheduler.next()->index, {.status = "failed", .reason = "x"});
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
    scheduler.ended(3, {.status = "finished"});
    scheduler.ended(1, {.status = "finished"});
    EXPECT_TRUE(take_all(scheduler).empty()) << "the fifth run learns from the first two";
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(0, {.status = "diverged"});
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{4}));
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(2, {.status = "finished"});
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{5, 6}));
    scheduler.ended(5, {.status = "interrupted", .reason = "a signal"});
    EXPECT_FALSE(scheduler.next());
    EXPECT_FALSE(scheduler.is_waiting()) << "nothing more begins";
  });
  EXPECT_EQ(known_, (std::vector<std::size_t>{2, 3, 4}));
  // A job that goes on learns from the same runs.
  search(3, 100, [&](Scheduler& scheduler) {
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{4, 5, 6}));
    EXPECT_TRUE(scheduler.is_waiting());
    scheduler.ended(5, {.status = "finished"});
    EXPECT_FALSE(scheduler.next()) << "the eighth learns from the first five";
    scheduler.ended(4, {.status = "finished"});
    EXPECT_EQ(scheduler.next()->index, 7u);
  });
}

TEST_F(SearchingSchedulerTest, DoesNotWaitWhereThatIsNotWanted) {
  options_.deterministic = false;
  search(3, 100, [&](Scheduler& scheduler) {
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_FALSE(scheduler.is_waiting());
  });
  EXPECT_EQ(known_, (std::vector<std::size_t>{4, 5, 6, 7}));
}

TEST_F(SearchingSchedulerTest, EndsWhereThereIsNoFurtherPoint) {
  for (int job = 0; job < 2; ++job)
    search(1, 6, [&](Scheduler& scheduler) {
      while (const auto next = scheduler.next()) scheduler.ended(next->index, {.status = "finished"});
      EXPECT_TRUE(scheduler.is_exhausted());
      EXPECT_FALSE(scheduler.is_waiting());
      EXPECT_EQ(scheduler.counts().finished, 6u);
      EXPECT_EQ(scheduler.counts().total(), 6u);
    });
}

TEST_F(SchedulerTest, PrunesAndRemembersIt) {
  options_.early_terminate = {.type = EarlyTermination::hyperband, .min_iter = 1};
  resume([](Scheduler& scheduler) {
    for (std::size_t run = 0; run < 3; ++run) scheduler.started(scheduler.next()->index, "lstm", 1);
    scheduler.reported(1, 1, 0.2);
    EXPECT_FALSE(scheduler.is_pruned(1)) << "the run before it has not got there";
    scheduler.ended(1, {.status = "finished"});
    scheduler.reported(0, 1, 0.5);
    EXPECT_TRUE(scheduler.is_pruned(1)) << "even though it has finished since";
    EXPECT_EQ(scheduler.take_pruned(), (std::vector<std::size_t>{1}));
    EXPECT_TRUE(scheduler.take_pruned().empty());
    EXPECT_EQ(scheduler.run(1).ending.epoch, 1);
  });
  EXPECT_EQ(read_ledger(path_).runs[1].status, "pruned");
  resume([](Scheduler& scheduler) {
    EXPECT_TRUE(scheduler.take_pruned().empty());
    EXPECT_EQ(take_all(scheduler), (std::vector<std::size_t>{0, 2}));
    scheduler.reported(2, 1, 0.1);
    EXPECT_TRUE(scheduler.is_pruned(2)) << "run 0's value is known from the job before";
  });
}

}  // namespace
}  // namespace cellsweep::sweep
