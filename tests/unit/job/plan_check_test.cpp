// The plan of a job before its first step.
#include "job/plan_check.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "unit/comm/simulated_ranks.h"
#include "unit/metrics/metrics_reports.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

using Sizes = std::vector<int>;

config::Config config_of(const std::string& text) {
  return config::parse_config(text, "f");
}

TEST(GroupsOf, AreAsTheConfigWantsThem) {
  const auto sizes = [](const std::string& wanted, int ranks, std::size_t runs) {
    return groups_of(config_of("parallel: {ranks_per_run: " + wanted + "}\nsweep: {}"), ranks, runs).sizes;
  };
  EXPECT_EQ(sizes("all", 4, 8), (Sizes{4}));
  EXPECT_EQ(sizes("2", 5, 8), (Sizes{2, 2}));
  EXPECT_EQ(sizes("auto", 5, 3), (Sizes{2, 2, 1}));
}

TEST(GroupsOf, WithoutASweepAllRanksTrainTheRun) {
  EXPECT_EQ(groups_of(config_of("parallel: {ranks_per_run: 2}"), 5, 1).sizes, (Sizes{5}));
  EXPECT_THROW(groups_of(config_of("parallel: {ranks_per_run: 6}"), 5, 1), UserError);
}

// Two of its four runs are not permitted, the first among them.
constexpr const char* sweep_of_four =
    "sweep:\n"
    "  parameters:\n"
    "    train.early_stopping.monitor: {values: [val_accuracy, val_loss]}\n"
    "    train.epochs: {values: [5, 7]}\n"
    "train: {loss: mse}\n";

TEST(CheckPlan, KnowsWhichRunsWillFailAndSaysSoOnce) {
  const metrics::LogCapture log;
  const PlanSummary plan = check_plan(config_of(sweep_of_four), *comm::make_self_communicator());
  ASSERT_EQ(plan.runs.size(), 4u);
  EXPECT_EQ(plan.expected_failures, (std::set<std::string>{plan.runs[0].run_id, plan.runs[1].run_id}));
  EXPECT_EQ(plan.first.train.early_stopping.monitor, "val_loss");
  EXPECT_EQ(plan.first.train.epochs, 5);
  EXPECT_EQ(plan.longest, 7);
  EXPECT_FALSE(plan.first.sweep);
  EXPECT_EQ(plan.groups.sizes, (Sizes{1}));
  const std::string text = log.text();
  for (const std::string& run : plan.expected_failures)
    EXPECT_NE(text.find("warning: run " + run + " will fail: "), std::string::npos) << text;
}

TEST(CheckPlan, IsRefusedIfNoRunIsPermitted) {
  const metrics::LogCapture log;
  const std::string refusal = user_error([] {
    check_plan(config_of("train: {loss: mse}\nsweep: {parameters: {train.early_stopping.monitor: {values: "
                         "[val_accuracy, accuracy]}}}"),
               *comm::make_self_communicator());
  });
  EXPECT_NE(refusal.find("val_accuracy"), std::string::npos) << refusal << ": the first of them";
  EXPECT_EQ(log.text(), "");
}

TEST(CheckPlan, WarnsOfIdleRanksAndOfASpaceThatIsTooSmall) {
  const metrics::LogCapture log;
  const comm::SimulatedRanks world(5);
  const PlanSummary plan = check_plan(
      config_of("parallel: {ranks_per_run: 2}\n"
                "sweep: {method: random, run_cap: 9, parameters: {model.cell: {values: [gru, lstm]}}}"),
      world);
  EXPECT_EQ(plan.groups.sizes, (Sizes{2, 2}));
  EXPECT_NE(log.text().find("1 of 5 ranks are idle: parallel.ranks_per_run is 2"), std::string::npos);
  EXPECT_NE(log.text().find("sweep.run_cap is 9, but"), std::string::npos) << log.text();
}

TEST(CheckPlan, AReproducibleRunCannotHaveAnyNumberOfRanks) {
  EXPECT_THROW(check_plan(config_of("parallel: {reproducible: true}"), comm::SimulatedRanks(3)), UserError);
  EXPECT_NO_THROW(check_plan(config_of("parallel: {reproducible: true}"), comm::SimulatedRanks(4)));
}

}  // namespace
}  // namespace cellsweep::job
