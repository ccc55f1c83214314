// What is checked once the data is there.
#include "job/preflight.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "comm/watchdog/watchdog.h"
#include "job/compute.h"
#include "unit/metrics/metrics_reports.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

// The runs of a sweep over `parameters`, and what is known of them once they were checked by rank `rank`.
class CheckRuns : public testing::Test {
 protected:
  PlanSummary check(const std::string& parameters, int rank = 0) {
    const config::Config config = config::parse_config(
        "data: {format: synthetic, synthetic: {length: 4, train_samples: 8, validation_samples: 8}}\n"
        "train: {loss: mse}\nsweep: {parameters: {" +
            parameters + "}}",
        "f");
    PlanSummary plan = check_plan(config, *comm::make_self_communicator());
    check_runs(config, data::outline_splits(plan.first.data), compute_, rank, plan);
    return plan;
  }

  const metrics::LogCapture log_;
  comm::Watchdog watchdog_{"this process", 100};
  const Compute compute_{{}, {}, {}, watchdog_};
};

TEST_F(CheckRuns, FindsThoseThatDoNotFitTheData) {
  const PlanSummary plan = check("train.loss: {values: [sparse_categorical_crossentropy, mse]}");
  ASSERT_EQ(plan.runs.size(), 2u);
  EXPECT_EQ(plan.expected_failures, std::set<std::string>{plan.runs[0].run_id});
  EXPECT_NE(log_.text().find("warning: run " + plan.runs[0].run_id + " will fail: train.loss is"),
            std::string::npos)
      << log_.text();
}

TEST_F(CheckRuns, FindsInitialWeightsThatAreNotThereOnRank0Alone) {
  const std::string parameters = "model.initial_weights: {values: [null, /none.safetensors]}";
  EXPECT_EQ(check(parameters).expected_failures.size(), 1u);
  EXPECT_NE(log_.text().find("/none.safetensors"), std::string::npos) << log_.text();
  EXPECT_EQ(check(parameters, 1).expected_failures.size(), 0u);
}

TEST_F(CheckRuns, FindsModelsThatNoHostCanHold) {
  const PlanSummary plan = check("model.hidden_size: {values: [4, 100000]}, model.layers: {value: 60}");
  EXPECT_EQ(plan.expected_failures, std::set<std::string>{plan.runs[1].run_id});
  EXPECT_NE(log_.text().find("needs"), std::string::npos);
}

TEST_F(CheckRuns, AreRefusedIfNoneIsLeft) {
  EXPECT_NE(user_error([&] {
              check("model.hidden_size: {values: [100000]}, model.layers: {value: 60}");
            }).find("model.hidden_size"),
            std::string::npos);
}

}  // namespace
}  // namespace cellsweep::job
