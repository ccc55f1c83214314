#include "data/synthetic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "data/dataset.h"
#include "unit/data/data_files.h"

namespace cellsweep::data {
namespace {

TEST(Synthetic, AddingMarksOneStepInEachHalf) {
  const Dataset set = make_synthetic({.length = 11}, SplitName::train, 200);
  const auto& inputs = std::get<Array<float>>(set.inputs);
  ASSERT_EQ(inputs.size(), 200u * 11 * 2);
  std::set<int> seen;
  for (int sample = 0; sample < 200; ++sample) {
    float sum = 0;
    std::vector<int> marked;
    for (int step = 0; step < 11; ++step) {
      const float* const values = &inputs[(sample * 11 + step) * 2];
      ASSERT_TRUE(values[0] >= 0 && values[0] < 1);
      ASSERT_TRUE(values[1] == 0 || values[1] == 1);
      if (values[1] == 1) marked.push_back(step), sum += values[0];
    }
    ASSERT_EQ(marked.size(), 2u);
    EXPECT_TRUE(marked[0] < 5 && marked[1] >= 5);
    EXPECT_EQ(set.targets[sample], sum);
    seen.insert(marked.begin(), marked.end());
  }
  EXPECT_EQ(seen.size(), 11u) << "every step is marked at some time";
}

TEST(Synthetic, CopyMemoryShowsThenAsks) {
  DataOptions options;
  options.format = Format::synthetic;
  options.synthetic = {.task = SyntheticTask::copy_memory,
                       .length = 3,
                       .train_samples = 50,
                       .validation_samples = 4,
                       .classes = 4};
  options.limit = 40;
  const Splits splits = load_splits(options);
  EXPECT_EQ(splits.classes, 4);
  EXPECT_EQ(splits.train.samples, 40);
  EXPECT_EQ(splits.validation.samples, 4);
  ASSERT_EQ(splits.train.time, 5);
  ASSERT_EQ(splits.train.features, 5);
  std::set<int> seen;
  for (std::int64_t sample = 0; sample < 40; ++sample) {
    std::vector<std::uint8_t> values(25);
    splits.train.gather_inputs(std::vector<std::int64_t>{sample}, std::span(values));
    const std::int32_t label = splits.train.labels[sample];
    std::vector<std::uint8_t> expected(25);
    expected[label] = 255;
    expected[24] = 255;
    EXPECT_EQ(values, expected);
    seen.insert(label);
  }
  EXPECT_EQ(seen, (std::set<int>{0, 1, 2, 3}));
}

TEST(Synthetic, IsAPureFunctionWithSeparateStreams) {
  const auto values = [](std::uint64_t seed, SplitName name, std::int64_t samples) {
    return std::get<Array<float>>(make_synthetic({.length = 4, .seed = seed}, name, samples).inputs);
  };
  const auto train = values(1, SplitName::train, 20);
  const auto longer = values(1, SplitName::train, 30);
  EXPECT_TRUE(std::equal(train.begin(), train.end(), longer.begin()));
  EXPECT_NE(train, values(2, SplitName::train, 20));
  const auto validation = values(1, SplitName::validation, 20);
  const std::set<float> known(train.begin(), train.end());
  for (std::size_t i = 0; i < validation.size(); i += 2) EXPECT_FALSE(known.contains(validation[i])) << i;
}

TEST(Synthetic, RefusesWrongOptions) {
  const auto error_of = [](const SyntheticOptions& options, std::int64_t samples = 5) {
    return user_error([&] { make_synthetic(options, SplitName::train, samples); });
  };
  EXPECT_TRUE(has(error_of({.length = 1}), {"data.synthetic.length: is 1"}));
  EXPECT_TRUE(has(error_of({}, 0), {"data.synthetic.train_samples: is 0"}));
  EXPECT_TRUE(
      has(error_of({.task = SyntheticTask::copy_memory, .classes = 1}), {"data.synthetic.classes: is 1"}));
  EXPECT_TRUE(
      has(error_of({.task = SyntheticTask::copy_memory, .length = -1}), {"data.synthetic.length: is -1"}));
  EXPECT_TRUE(has(error_of({.length = std::int64_t{1} << 40}, 1000000), {"memory"}));
  EXPECT_TRUE(
      has(error_of({.task = SyntheticTask::copy_memory, .length = std::int64_t{1} << 62}), {"memory"}));
}

}  // namespace
}  // namespace cellsweep::data
