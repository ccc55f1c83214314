// Whether a config fits its data.
#include "job/compute.h"

#include <gtest/gtest.h>

#include <string>

#include "comm/watchdog/watchdog.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

data::Splits with_classes(std::int64_t classes) {
  data::Splits splits;
  splits.train.time = 5;
  splits.train.features = 3;
  splits.classes = classes;
  return splits;
}

TEST(CheckDataFits, TheLossIsOneForTheData) {
  const auto refusal = [](model::Loss loss, std::int64_t classes) {
    config::Config config;
    config.train.loss = loss;
    return user_error([&] { check_data_fits(config, with_classes(classes)); });
  };
  EXPECT_EQ(refusal(model::Loss::mse, 0), "");
  EXPECT_EQ(refusal(model::Loss::sparse_categorical_crossentropy, 3), "");
  EXPECT_NE(refusal(model::Loss::mse, 3).find("train.loss is mse, but the data is a classification"),
            std::string::npos);
  EXPECT_NE(refusal(model::Loss::sparse_categorical_crossentropy, 0).find("set train.loss to mse"),
            std::string::npos);
}

TEST(CheckDataFits, AMetricHasClassesEnough) {
  config::Config config;
  config.train.metrics = {"top_5_accuracy"};
  EXPECT_EQ(user_error([&] { check_data_fits(config, with_classes(6)); }), "");
  EXPECT_NE(user_error([&] {
              check_data_fits(config, with_classes(3));
            }).find("train.metrics has top_5_accuracy, which says nothing with fewer than"),
            std::string::npos);
}

TEST(ShapeOf, HasAnOutputEachClassOrOneNumber) {
  EXPECT_EQ(shape_of(with_classes(7)).outputs, 7);
  EXPECT_EQ(shape_of(with_classes(0)).outputs, 1);
  EXPECT_EQ(shape_of(with_classes(7)).time, 5);
  EXPECT_EQ(shape_of(with_classes(7)).features, 3);
}

TEST(MakeRunStepper, RefusesOnACpuWhatGpusAloneCan) {
  const auto self = comm::make_self_communicator();
  comm::Watchdog watchdog("this process", 100);
  const Compute compute{{}, {}, {}, watchdog};
  config::Config config = config::parse_config(
      "data: {format: synthetic, synthetic: {length: 4, train_samples: 8, validation_samples: 8}}\n"
      "train: {loss: mse}",
      "f");
  const data::Splits splits = data::load_splits(config.data);
  const auto refusal = [&] {
    return user_error([&] { make_run_stepper(config, splits, 1, *self, compute); });
  };
  EXPECT_EQ(refusal(), "");
  config.train.precision = train::Precision::bf16;
  EXPECT_EQ(refusal(), "train.precision: bf16 is for GPUs, and there is none for each rank; use f32");
  config.train.precision = train::Precision::f32;
  config.parallel.gradients = comm::GradientType::bfloat16;
  EXPECT_EQ(refusal(),
            "parallel.gradients: bfloat16 is for GPUs, and there is none for each rank; use float32");
}

}  // namespace
}  // namespace cellsweep::job
