// The data of runs, loaded once. Ranks that share it are in tests/integration/run/test_shared_memory.py.
#include "job/shared_splits.h"

#include <gtest/gtest.h>

#include <string>

#include "comm/agreement.h"
#include "unit/data/data_files.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::job {
namespace {

data::DataOptions synthetic(std::int64_t samples) {
  data::DataOptions options{.format = data::Format::synthetic};
  options.synthetic = {.length = 4, .train_samples = samples, .validation_samples = 2};
  return options;
}

TEST(SplitsCache, KeepsWhatWasLoadedFirstAndWhatWasLoadedLast) {
  const auto self = comm::make_self_communicator();
  SplitsCache cache;
  const data::Splits& first = cache.load(synthetic(3), *self);
  EXPECT_EQ(first.train.samples, 3);
  const data::Splits& other = cache.get(synthetic(4), *self);
  EXPECT_EQ(other.train.samples, 4);
  EXPECT_EQ(other.train.inputs.index(), 1u);
  EXPECT_EQ(&cache.get(synthetic(4), *self), &other);
  EXPECT_EQ(&cache.get(synthetic(3), *self), &first);
  EXPECT_EQ(first.train.samples, 3);
  EXPECT_EQ(cache.get(synthetic(5), *self).train.samples, 5);
}

TEST(SplitsCache, LogsWhatWasDoneToTheDataOnce) {
  const TemporaryFolder folder;
  data::DataOptions options{.format = data::Format::npy};
  options.train = options.validation = {folder / "x.npy", folder / "y.npy"};
  data::write(options.train.inputs, data::npy("|u1", "(2, 1, 1)", data::raw<std::uint8_t>({51, 255})));
  data::write(options.train.labels, data::npy("<i8", "(2,)", data::raw<std::int64_t>({0, 1})));
  const auto self = comm::make_self_communicator();
  const metrics::LogCapture log;
  SplitsCache cache;
  cache.load(options, *self);
  const std::string text = log.text();
  EXPECT_NE(text.find("are divided by 255"), std::string::npos) << text;
  options.limit = 1;
  cache.get(options, *self);
  EXPECT_EQ(log.text(), text);
}

TEST(LoadSharedSplits, AMistakeIsOneOfAllRanks) {
  data::DataOptions options{.format = data::Format::idx, .directory = "/none"};
  EXPECT_THROW(load_shared_splits(options, *comm::make_self_communicator()), comm::CollectiveError);
}

}  // namespace
}  // namespace cellsweep::job
