#include "train/early_stopping.h"

#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/error.h"

namespace cellsweep::train {
namespace {

TEST(EarlyStopping, StopsAfterPatienceAndRestoresTheBest) {
  EarlyStopping stopping({.patience = 2});
  std::vector<float> parameters{1}, moving_statistics{10};
  const auto report = [](double val_loss) {
    return metrics::EpochReport{.metrics = {{"val_loss", val_loss}}};
  };
  EXPECT_FALSE(stopping.should_stop(report(1.0), parameters, moving_statistics));
  parameters[0] = 2;
  EXPECT_FALSE(stopping.should_stop(report(0.5), parameters, moving_statistics));
  parameters[0] = 3;
  EXPECT_FALSE(stopping.should_stop(report(0.6), parameters, moving_statistics));
  EXPECT_TRUE(stopping.should_stop(report(0.5), parameters, moving_statistics));
  ASSERT_TRUE(stopping.has_best());
  EXPECT_EQ(stopping.best_parameters()[0], 2);
  EXPECT_EQ(stopping.best_moving_statistics()[0], 10);
}

// What cellsweep makes of a case of Keras': the epoch that ends the run, 0 if none does, and the one whose
// weights it ends with.
std::pair<int, int> outcome(const nlohmann::json& given) {
  const bool is_accuracy = given["mode"] == "max";
  EarlyStopping stopping({.patience = given["patience"].get<std::int64_t>(),
                          .monitor = is_accuracy ? "val_accuracy" : "val_loss",
                          .min_delta = given["min_delta"].get<double>()});
  int epoch = 0;
  for (const double value : given["figures"]) {
    metrics::EpochReport report;
    report.metrics[is_accuracy ? "val_accuracy" : "val_loss"] = value;
    const std::vector<float> parameters{static_cast<float>(++epoch)};
    if (stopping.should_stop(report, parameters, {}))
      return {epoch, static_cast<int>(stopping.best_parameters()[0])};
  }
  return {0, static_cast<int>(stopping.best_parameters()[0])};
}

TEST(EarlyStopping, EndsAndRestoresAfterTheSameEpochsAsKeras) {
  const auto golden = nlohmann::json::parse(std::ifstream(CELLSWEEP_EARLY_STOPPING));
  int ended = 0;
  for (const auto& given : golden["cases"]) {
    const std::pair expected(given["stopped"].get<int>(), given["best"].get<int>());
    EXPECT_EQ(outcome(given), expected) << given;
    ended += expected.first > 0 ? 1 : 0;
  }
  EXPECT_GT(ended, 100);
}

TEST(EarlyStopping, ResumesFromTheStateOfAVersionThatKept64Bits) {
  EarlyStopping stopping({.patience = 1});
  stopping.restore(
      {.any = true, .best = -0.1, .waited = 0, .best_parameters = {}, .best_moving_statistics = {}});
  EXPECT_TRUE(stopping.should_stop({.metrics = {{"val_loss", 0.1 - 1e-12}}}, {}, {}))
      << "no improvement in 32 bits";
}

TEST(EarlyStopping, AMissingMetricIsAnErrorAndNotZero) {
  EarlyStopping stopping({.patience = 1, .monitor = "val_accuracy"});
  EXPECT_THROW(stopping.should_stop({.metrics = {{"val_loss", 0.5}}}, {}, {}), Error);
}

}  // namespace
}  // namespace cellsweep::train
