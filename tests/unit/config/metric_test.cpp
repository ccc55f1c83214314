// The metric by which the runs of a sweep are ranked.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "config/config.h"
#include "config/option.h"
#include "unit/config/parse_errors.h"

namespace cellsweep::config {
namespace {

// The metric of a sweep with these words, and what plan says of it.
std::string metric_of(const std::string& metric, const std::string& rest = "") {
  return metric_line(parse_config("sweep: {metric: {" + metric + "}}\n" + rest, "f"));
}

TEST(SweepMetric, TheGoalFollowsFromTheMetricAndTheMetricFromTheLoss) {
  const std::string mse = "train: {loss: mse}";
  EXPECT_EQ(metric_of("name: val_loss"), "metric: val_loss, minimize (by default, as it is a loss)");
  EXPECT_EQ(metric_of("name: loss", mse), "metric: loss, minimize (by default, as it is a loss)");
  EXPECT_EQ(metric_of("name: accuracy"), "metric: accuracy, maximize (by default, as it is an accuracy)");
  EXPECT_EQ(metric_of("name: val_loss, goal: minimize"), "metric: val_loss, minimize");
  EXPECT_EQ(metric_of("name: val_loss, goal: maximize"), "metric: val_loss, maximize");
  EXPECT_EQ(metric_of(""),
            "metric: val_accuracy, maximize (by default, as train.loss is sparse_categorical_crossentropy)");
  EXPECT_EQ(metric_of("", mse), "metric: val_loss, minimize (by default, as train.loss is mse)");
  const std::string values =
      "sweep: {parameters: {train.loss: {values: [sparse_categorical_crossentropy, mse]}}}";
  EXPECT_EQ(metric_line(parse_config(values, "f")),
            "metric: val_loss, minimize (by default, as train.loss can be mse)");
  const std::vector<Assignment> assignments{{"sweep.metric.name", "val_loss"}};
  EXPECT_EQ(parse_config("sweep: {}", "f", assignments).sweep->metric.goal, sweep::Goal::minimize);
}

TEST(SweepMetric, TheEffectiveMetricIsWrittenOut) {
  const Config config = parse_config("sweep: {metric: {name: val_loss}}", "f");
  EXPECT_TRUE(contains(to_yaml(config), "goal: minimize"));
  const Config again = parse_config(to_yaml(config), "f");
  EXPECT_EQ(again.sweep->metric.goal, sweep::Goal::minimize);
  EXPECT_EQ(differences(config, again), std::vector<std::string>());
}

TEST(SweepMetric, ASingleRunIsRankedByWhatItHas) {
  EXPECT_EQ(sweep_of(parse_config("name: a", "f")).metric.name, "val_accuracy");
  const auto regression = sweep_of(parse_config("train: {loss: mse}", "f"));
  EXPECT_EQ(regression.metric.name, "val_loss");
  EXPECT_EQ(regression.metric.goal, sweep::Goal::minimize);
}

TEST(SweepMetric, RefusesAMetricThatARunCannotHave) {
  const std::string mse = "train: {loss: mse";
  EXPECT_EQ(
      errors_of(mse + ", early_stopping: {patience: 1, monitor: accuracy}}"),
      "f.yaml:1:59: train.early_stopping.monitor is accuracy, but with train.loss mse a run has no accuracy; "
      "monitor val_loss or loss");
  EXPECT_EQ(
      errors_of(mse + "}\nsweep: {metric: {name: val_accuracy}}"),
      "f.yaml:2:24: sweep.metric.name is val_accuracy, but with train.loss mse a run has no accuracy; rank "
      "by val_loss");
  EXPECT_EQ(
      errors_of("sweep: {metric: {name: accuracy}, parameters: {train.loss: {values: [mse]}}}"),
      "f.yaml:1:24: sweep.metric.name is accuracy, but with train.loss mse a run has no accuracy; rank by "
      "val_loss, or take mse out of sweep.parameters");
  EXPECT_EQ(errors_of("sweep: {metric: {name: accuracy}}", {{"train.loss", "mse"}}).find("f.yaml:1:24"), 0u);
  // If the monitor or the loss is varied, it concerns the combinations.
  const Config base = parse_config(
      mse + "}\nsweep: {parameters: {train.early_stopping.monitor: {values: [val_loss, val_accuracy]}}}",
      "f");
  EXPECT_NO_THROW(
      with_assignments(base, std::vector<Assignment>{{"train.early_stopping.monitor", "val_loss"}}));
  EXPECT_THROW(
      with_assignments(base, std::vector<Assignment>{{"train.early_stopping.monitor", "val_accuracy"}}),
      UserError);
  EXPECT_EQ(errors_of(mse + ", early_stopping: {monitor: val_acc}}").find("no accuracy"), std::string::npos);
}

TEST(SweepMetric, AResumedSweepKeepsItsGoal) {
  const Config before = parse_config("sweep: {metric: {name: val_loss, goal: maximize}}", "f");
  Config config = parse_config("sweep: {metric: {name: val_loss}}", "f");
  keep_metric(config, before);
  EXPECT_EQ(differences(before, config), std::vector<std::string>());
  config = parse_config("sweep: {metric: {name: val_loss, goal: minimize}}", "f");
  keep_metric(config, before);
  EXPECT_EQ(differences(before, config),
            (std::vector<std::string>{"sweep.metric.goal: maximize → minimize"}));
}

TEST(SweepMetric, ARegressionThatAFormerVersionBeganIsResumed) {
  const auto path = std::filesystem::temp_directory_path() / ("cellsweep_saved_" + std::to_string(getpid()));
  std::ofstream(path) << "train: {loss: mse}\nsweep: {metric: {name: val_accuracy, goal: maximize}}\n";
  const Config saved = load_saved_config(path);
  EXPECT_EQ(saved.sweep->metric.name, "val_loss");
  EXPECT_EQ(saved.sweep->metric.goal, sweep::Goal::minimize);
  EXPECT_THROW(load_config(path), UserError);
  std::filesystem::remove(path);
}

TEST(TrainMetrics, AreAListOfThoseThatTheRunCanHave) {
  const auto text = [](const std::string& list) {
    const Option& option = *find_option("train.metrics");
    return format_value(option, option.get(parse_config("train: {metrics: " + list + "}", "f")));
  };
  EXPECT_EQ(text("null"), "null");
  EXPECT_EQ(text("[]"), "[]");
  EXPECT_EQ(text("accuracy"), "[accuracy]");
  EXPECT_EQ(text("[balanced_accuracy, accuracy]"), "[balanced_accuracy, accuracy]");
  EXPECT_EQ(text("[acc, top5]"), "[accuracy, top_5_accuracy]") << "by other names";
  EXPECT_EQ(text("['accuracy']"), "[accuracy]");
  for (const char* list : {"[accuracy, accuracy]", "[loss]", "[val_accuracy]", "[[accuracy]]", "{a: b}", "1"})
    EXPECT_NE(errors_of(std::string("train: {metrics: ") + list + "}").find("expected a list of accuracy, "),
              std::string::npos)
        << list;
  const Config read = parse_config(to_yaml(parse_config("train: {metrics: [balanced_accuracy]}", "f")), "g");
  EXPECT_EQ(read.train.metrics, std::vector<std::string>{"balanced_accuracy"});
  EXPECT_EQ(
      errors_of("train: {loss: mse, metrics: [accuracy]}"),
      "f.yaml:1:29: train.metrics has accuracy, but with train.loss mse a run has no accuracy; there are "
      "mean_absolute_error, root_mean_squared_error");
  EXPECT_FALSE(is_sweepable("train.metrics"));
}

TEST(TrainMetrics, AreWhatIsMonitoredAndRankedBy) {
  EXPECT_EQ(errors_of("train: {early_stopping: {monitor: val_balanced_accuracy}}"),
            "f.yaml:1:35: train.early_stopping.monitor is val_balanced_accuracy, but train.metrics has no "
            "balanced_accuracy; monitor val_loss or loss");
  EXPECT_EQ(errors_of("sweep: {metric: {name: val_mean_absolute_error}}"),
            "f.yaml:1:24: sweep.metric.name is val_mean_absolute_error, but with train.loss "
            "sparse_categorical_crossentropy a run has no mean_absolute_error; rank by val_loss");
  const std::string regression = "train: {loss: mse, metrics: [mean_absolute_error]}\n";
  EXPECT_EQ(metric_line(parse_config(regression + "sweep: {metric: {name: val_mean_absolute_error}}", "f")),
            "metric: val_mean_absolute_error, minimize (by default, as it is an error)");
  EXPECT_EQ(metric_line(parse_config("train: {metrics: [top_5_accuracy]}\nsweep: {}", "f")),
            "metric: val_loss, minimize (by default, as train.metrics has no accuracy)");
}

}  // namespace
}  // namespace cellsweep::config
