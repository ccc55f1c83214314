#include "metrics/message.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

TEST(Message, GivesBackEveryReport) {
  auto info = usual_run();
  info.metrics.clear();  // of use to nobody who watches from elsewhere
  const auto read = [](const Report& report) { return report_from_bytes(to_bytes(report)); };
  const auto received = std::get<RunInfo>(read(info));
  EXPECT_EQ(received.parameters, info.parameters);
  EXPECT_EQ(received.trainable_parameters, 24586);
  const auto step_told = std::get<StepReport>(read(step(3, 0.25)));
  EXPECT_EQ(step_told.global_step, 3);
  EXPECT_EQ(step_told.seconds, 0.25);
  ASSERT_NE(step_told.metrics, nullptr);
  EXPECT_EQ(*step_told.metrics, *step(3).metrics);
  EXPECT_EQ(std::get<StepReport>(read(StepReport{})).metrics, nullptr);
  auto epoch = guide_epoch();
  epoch.metrics["val_loss"] = std::numeric_limits<double>::infinity();
  const auto epoch_told = std::get<EpochReport>(read(epoch));
  EXPECT_EQ(epoch_told.metrics, epoch.metrics);
  EXPECT_EQ(epoch_told.samples_per_second, 12000);
  const RunSummary summary{.state = RunState::finished, .reason = "", .steps = 9};
  EXPECT_EQ(std::get<RunSummary>(read(summary)).steps, 9);
  EXPECT_EQ(std::get<RunSummary>(read(summary)).state, RunState::finished);
  EXPECT_THROW(report_from_bytes(to_bytes(epoch).substr(1)), Error);
}

}  // namespace
}  // namespace cellsweep::metrics
