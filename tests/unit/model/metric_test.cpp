// Metrics against Keras' and scikit-learn's (tests/golden/make_metrics.py), and the table of all.
#include "model/metric.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "model/loss.h"
#include "model/metric_set.h"

namespace cellsweep::model {
namespace {

// A golden problem's samples, and what is expected of them.
struct OutputsAndTargets {
  explicit OutputsAndTargets(const std::string& name) {
    const auto golden = nlohmann::json::parse(std::ifstream(CELLSWEEP_METRICS)).at(name);
    for (const auto& row : golden.at("outputs"))
      for (const float value : row) outputs.push_back(value);
    if (golden.contains("labels")) labels = golden.at("labels").get<std::vector<std::int32_t>>();
    if (golden.contains("targets")) targets = golden.at("targets").get<std::vector<float>>();
    expected = golden.at("expected");
    samples = std::ssize(golden.at("outputs"));
  }
  Loss loss() const { return targets.empty() ? Loss::sparse_categorical_crossentropy : Loss::mse; }
  std::int64_t width() const { return std::ssize(outputs) / samples; }
  // The sums of the samples from `first` to before `end`.
  void add(const MetricSet& set, std::int64_t first, std::int64_t end, MetricSums& sums) const {
    Batch batch;
    batch.samples = end - first;
    if (!labels.empty()) batch.labels = std::span(labels).subspan(first, end - first);
    if (!targets.empty()) batch.targets = std::span(targets).subspan(first, end - first);
    compute_loss(loss(), batch, set.layout(),
                 std::span(outputs).subspan(first * width(), (end - first) * width()), {}, sums);
  }

  std::vector<float> outputs, targets;
  std::vector<std::int32_t> labels;
  nlohmann::json expected;
  std::int64_t samples = 0;
};

class GoldenMetric : public testing::TestWithParam<const char*> {};

TEST_P(GoldenMetric, IsKerasAndScikitLearns) {
  const OutputsAndTargets problem(GetParam());
  std::vector<std::string> names;
  for (const Metric& metric : all_metrics()) names.emplace_back(metric.name);
  const MetricSet set(names, problem.loss(), problem.width());
  for (const std::int64_t batch : {std::int64_t{1}, std::int64_t{7}, problem.samples}) {
    MetricSums sums = set.zeros();
    for (std::int64_t first = 0; first < problem.samples; first += batch)
      problem.add(set, first, std::min(first + batch, problem.samples), sums);
    for (const Metric* metric : set.metrics()) {
      if (metric->task == Task::any) continue;
      EXPECT_NEAR(metric->value(sums, set.layout()), problem.expected.at(metric->name), 1e-7)
          << metric->name << ", " << batch << " samples a batch";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Problems, GoldenMetric, testing::Values("classification", "regression"),
                         [](const auto& tested) { return std::string(tested.param); });

TEST(Metrics, AreAsARunWantsThem) {
  const auto names = [](const std::optional<std::vector<std::string>>& wanted, Loss loss) {
    std::string list;
    for (const Metric* metric : metrics_of(wanted, loss)) list += std::string(metric->name) + " ";
    return list;
  };
  constexpr Loss classes = Loss::sparse_categorical_crossentropy;
  EXPECT_EQ(names({}, classes), "loss accuracy ");
  EXPECT_EQ(names({}, Loss::mse), "loss ");
  EXPECT_EQ(names(std::vector<std::string>{}, classes), "loss ");
  EXPECT_EQ(names({{"balanced_accuracy", "top_5_accuracy"}}, classes),
            "loss top_5_accuracy balanced_accuracy ");
  EXPECT_EQ(names({{"accuracy", "mean_absolute_error"}}, Loss::mse), "loss mean_absolute_error ");
}

TEST(Metrics, ARunWithTheUsualOnesSumsUpNothingElse) {
  EXPECT_EQ(MetricSet({}, Loss::sparse_categorical_crossentropy, 10).layout().size, 0);
  EXPECT_EQ(MetricSet({}, Loss::mse, 1).layout().size, 0);
}

TEST(Metrics, HaveNamesOfTheirOwn) {
  const std::vector<std::string> names = metric_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 2 * all_metrics().size());
  for (const std::string& name : names) {
    ASSERT_NE(find_metric(name), nullptr) << name;
    EXPECT_TRUE(name.ends_with(find_metric(name)->name));
  }
  EXPECT_EQ(find_metric("val_"), nullptr);
  EXPECT_EQ(find_metric("val_val_loss"), nullptr);
}

}  // namespace
}  // namespace cellsweep::model
