// What becomes of inputs as they are read.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "unit/data/data_files.h"

namespace cellsweep::data {
namespace {

class InputScaleTest : public testing::Test {
 protected:
  InputScaleTest() {
    options_.format = Format::npy;
    options_.train = {folder_ / "x.npy", folder_ / "y.npy"};
    options_.validation = options_.train;
    write(options_.train.labels, npy("<i8", "(2,)", raw<std::int64_t>({0, 1})));
  }
  void bytes(const std::string& path) { write(path, npy("|u1", "(2, 1, 1)", raw<std::uint8_t>({51, 255}))); }
  void floats(const std::string& path) { write(path, npy("<f4", "(2, 1, 1)", raw<float>({51, 255}))); }

  TemporaryFolder folder_;
  DataOptions options_;
};

TEST_F(InputScaleTest, OfBytes) {
  bytes(options_.train.inputs);
  const auto divisor = [&](InputScale scale, const std::string& said) {
    options_.input_scale = scale;
    const Splits splits = load_splits(options_);
    EXPECT_TRUE(has(splits.notices.at(0), {options_.train.inputs, said, "data.input_scale"}));
    return splits.train.byte_divisor;
  };
  EXPECT_EQ(divisor(InputScale::automatic, "divided by 255"), 255);
  EXPECT_EQ(divisor(InputScale::by_255, "divided by 255"), 255);
  EXPECT_EQ(divisor(InputScale::none, "taken as they are"), 1);
}

TEST_F(InputScaleTest, OfFloats) {
  floats(options_.train.inputs);
  const auto inputs = [&](InputScale scale, std::size_t notices) {
    options_.input_scale = scale;
    const Splits splits = load_splits(options_);
    EXPECT_EQ(splits.notices.size(), notices);
    return std::get<Array<float>>(splits.train.inputs);
  };
  EXPECT_EQ(inputs(InputScale::automatic, 0), (std::vector<float>{51, 255}));
  EXPECT_EQ(inputs(InputScale::none, 0), (std::vector<float>{51, 255}));
  EXPECT_EQ(inputs(InputScale::by_255, 1), (std::vector<float>{51.0f / 255, 1}));
}

TEST_F(InputScaleTest, OfTrainingAndValidationMustAgree) {
  options_.validation.inputs = folder_ / "xv.npy";
  bytes(options_.train.inputs);
  floats(options_.validation.inputs);
  EXPECT_TRUE(has(user_error([&] { load_splits(options_); }),
                  {"training are uint8, which are divided by 255", "validation are floats"}));
  options_.input_scale = InputScale::by_255;
  EXPECT_EQ(load_splits(options_).train.byte_divisor, 255);
}

}  // namespace
}  // namespace cellsweep::data
