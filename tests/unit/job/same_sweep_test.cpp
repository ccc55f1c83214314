// Which ledgers belong to the sweep that is wanted.
#include "job/same_sweep.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

using Parameters = decltype(sweep::PlannedRun::parameters);

std::vector<sweep::LedgerRun> ledger_of(const std::vector<sweep::PlannedRun>& runs) {
  std::vector<sweep::LedgerRun> past;
  for (const sweep::PlannedRun& run : runs) past.push_back({.planned = run});
  return past;
}

// A grid of two learning rates.
class SamePlanTest : public testing::Test {
 protected:
  SamePlanTest() {
    options_.parameters["train.optimizer.learning_rate"].values = {"0.1", "0.01"};
    runs_ = sweep::plan_runs(options_, 1);
    past_ = ledger_of(runs_);
  }
  bool is_same() const { return is_same_plan(past_, runs_, options_); }

  sweep::SweepOptions options_;
  std::vector<sweep::PlannedRun> runs_;
  std::vector<sweep::LedgerRun> past_;
};

TEST_F(SamePlanTest, IsThatOfTheLedgerHoweverValuesAreSpelled) {
  EXPECT_TRUE(is_same());
  past_[1].planned.parameters[0].second = "1e-2";
  EXPECT_TRUE(is_same());
  past_[1].planned.parameters[0].second = "0.02";
  EXPECT_FALSE(is_same());
}

TEST_F(SamePlanTest, HasEveryRunInItsOrder) {
  std::swap(past_[0], past_[1]);
  EXPECT_FALSE(is_same());
  std::swap(past_[0], past_[1]);
  past_.pop_back();
  EXPECT_FALSE(is_same());
}

TEST_F(SamePlanTest, AGridHasNoFurtherRun) {
  past_.push_back({.planned = {"003-0.5", {{"train.optimizer.learning_rate", "0.5"}}, 2}});
  EXPECT_FALSE(is_same());
}

class SameSearchTest : public SamePlanTest {
 protected:
  SameSearchTest() {
    options_.method = sweep::Method::bayes;
    options_.run_cap = 20;
    options_.parameters["train.optimizer.learning_rate"] = {
        .distribution = sweep::Distribution::uniform, .min = 0, .max = 1};
    runs_ = sweep::plan_runs(options_, 1);
    past_ = ledger_of(runs_);
  }
  void choose(const std::string& rate) {
    past_.push_back({.planned = {"run", {{"train.optimizer.learning_rate", rate}}}});
  }
};

TEST_F(SameSearchTest, MayHaveChosenMoreUpToItsCap) {
  for (std::size_t i = runs_.size(); i < 20; ++i) choose(std::to_string(1e-3 * static_cast<double>(i)));
  EXPECT_TRUE(is_same());
  choose("0.5");
  EXPECT_FALSE(is_same()) << "more than run_cap";
}

TEST_F(SameSearchTest, ChoosesWhatTheSweepVariesAndNothingElse) {
  choose("0.5");
  EXPECT_TRUE(is_same());
  past_.back().planned.parameters.emplace_back("train.epochs", "3");
  EXPECT_FALSE(is_same());
  past_.back().planned.parameters.back() = {"train.seed", "1"};
  EXPECT_FALSE(is_same()) << "seeds are varied by repeats alone";
}

TEST_F(SamePlanTest, RepeatsVaryTheSeed) {
  options_.repeats = 2;
  runs_ = sweep::plan_runs(options_, 5);
  past_ = ledger_of(runs_);
  EXPECT_TRUE(is_same());
}

// A former version planned a point again if it was drawn again.
TEST_F(SamePlanTest, AFormerVersionsWithAPointTwiceIsKnownByItsNumbers) {
  past_.push_back({.planned = {"003-0.1", past_[0].planned.parameters, 2}});
  EXPECT_TRUE(is_same());
  past_.back().planned.run_id = "0003-0.1";
  EXPECT_TRUE(is_same());
  for (const char* other : {"004-0.1", "3x-0.1", "run", "13-0.1", "-3"}) {
    past_.back().planned.run_id = other;
    EXPECT_FALSE(is_same()) << other;
  }
}

TEST(SameSweep, IsRefusedWithEachDifference) {
  const config::Config before = config::parse_config("train: {epochs: 3}\nparallel: {threads: 1}", "f");
  const auto refusal = [&](const std::string& wanted) {
    return user_error([&] { check_same_sweep("runs/a", before, config::parse_config(wanted, "f")); });
  };
  EXPECT_EQ(refusal("train: {epochs: 3}\nparallel: {threads: 2}"), "");
  EXPECT_EQ(
      refusal("train: {epochs: 4, batch_size: 8}"),
      "runs/a: holds another sweep than is asked for:\n  train.epochs: 3 → 4\n  train.batch_size: 64 → 8\n"
      "resume it with what it was begun with, or start a new one without --resume");
}

}  // namespace
}  // namespace cellsweep::job
