// What the ranks of a group sum up together: what they measure, and their time.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "comm/timed_communicator.h"
#include "data/sampler.h"
#include "model/loss.h"
#include "model/metric_set.h"
#include "parallel/world.h"
#include "train/evaluation.h"
#include "train/rank_times.h"

namespace cellsweep::train {
namespace {

// Samples that are any, and the same on every rank.
struct Samples {
  Samples() {
    for (std::int32_t i = 0; i < count; ++i) {
      labels.push_back(i * i % 7);
      targets.push_back(static_cast<float>(i % 11) / 7);
      for (std::int32_t output = 0; output < classes; ++output)
        outputs.push_back(static_cast<float>((37 * i + 11 * output * output) % 101) / 13);
    }
  }
  static constexpr std::int32_t count = 53, classes = 8;
  std::vector<std::int32_t> labels;
  std::vector<float> targets, outputs;
};

// What the ranks measure over the samples, each over its slice, or this one over all.
metrics::MetricValues measured(model::Loss loss, bool of_all) {
  static const Samples samples;
  const bool is_regression = loss == model::Loss::mse;
  const std::int64_t width = is_regression ? 1 : Samples::classes;
  std::vector<std::string> names;
  for (const model::Metric& metric : model::all_metrics()) names.emplace_back(metric.name);
  const model::MetricSet set(names, loss, width);
  const data::Range mine = of_all ? data::Range{0, Samples::count}
                                  : data::rank_slice({0, Samples::count}, world().rank(), world().size());
  model::Batch batch;
  batch.samples = mine.size();
  if (is_regression)
    batch.targets = std::span(samples.targets).subspan(mine.begin, mine.size());
  else
    batch.labels = std::span(samples.labels).subspan(mine.begin, mine.size());
  model::MetricSums sums = set.zeros();
  model::compute_loss(loss, batch, set.layout(),
                      std::span(samples.outputs).subspan(mine.begin * width, mine.size() * width), {}, sums);
  return of_all ? values_of(set, sums) : reduce_metrics(set, {&sums, 1}, world()).metrics;
}

TEST(Metrics, AreTheSameOnAnyNumberOfRanks) {
  for (const model::Loss loss : {model::Loss::sparse_categorical_crossentropy, model::Loss::mse}) {
    const metrics::MetricValues all_ranks = measured(loss, false), alone = measured(loss, true);
    ASSERT_EQ(all_ranks.size(), alone.size());
    ASSERT_GE(alone.size(), 3u);
    for (const auto& [name, value] : alone) {
      if (model::find_metric(name)->task == model::Task::classification) {
        EXPECT_EQ(all_ranks.find(name), value) << name << ", which counts make";
      }
      EXPECT_NEAR(all_ranks.find(name).value(), value, 1e-12) << name;
    }
  }
}

StepFacts step_of(double seconds) {
  return {.gather = seconds,
          .forward = 10 * seconds,
          .backward = 20 * seconds,
          .all_reduce = 100 * seconds,
          .update = 30 * seconds,
          .statistics = 2};
}

TEST(RankTimes, GathersEveryRanksSumsInRankOrder) {
  const int me = world().rank();
  RankTimes times(world());
  times.add(step_of(me + 1));
  times.add(step_of(me + 1));
  const auto ranks = times.gather();
  ASSERT_EQ(ranks.size(), world().size());
  for (int rank = 0; rank < world().size(); ++rank) {
    const auto& of_rank = ranks[rank];
    EXPECT_EQ(of_rank.data_seconds, 2 * (rank + 1));
    EXPECT_EQ(of_rank.compute_seconds, 120 * (rank + 1) - 4)
        << "without the wait within forward and backward";
    EXPECT_EQ(of_rank.all_reduce_seconds, 200 * (rank + 1) + 4);
    EXPECT_GT(of_rank.resident_memory_bytes, 1e6);
  }
  EXPECT_FALSE(times.is_due());
}

TEST(TimedCommunicator, CountsTheWaitForASlowerRank) {
  comm::TimedCommunicator timed(world());
  const int slow = world().size() - 1;
  constexpr std::chrono::milliseconds delay{100};
  world().barrier();
  if (world().rank() == slow) std::this_thread::sleep_for(delay);
  double value = 1;
  timed.all_reduce(std::span(&value, 1), comm::Reduction::sum);
  EXPECT_EQ(value, world().size());
  if (world().rank() != slow) {
    EXPECT_GT(timed.seconds(), 0.05);
  }
  const double before = timed.seconds();
  timed.barrier();
  EXPECT_EQ(timed.seconds(), before) << "reductions alone";
}

}  // namespace
}  // namespace cellsweep::train
