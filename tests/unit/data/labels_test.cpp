// Which classes labels stand for, in whatever form people save them.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "unit/data/data_files.h"

namespace cellsweep::data {
namespace {

using Encoded = std::vector<std::int32_t>;
using Names = std::vector<std::string>;

// Training and validation files of six samples each.
class Labels : public testing::Test {
 protected:
  Labels() {
    options_.format = Format::npy;
    options_.train = {folder_ / "x.npy", folder_ / "y.npy"};
    options_.validation = {folder_ / "xv.npy", folder_ / "yv.npy"};
    for (const auto* files : {&options_.train, &options_.validation}) {
      write(files->inputs, npy("<f4", "(6, 1, 1)", raw<float>({0, 1, 2, 3, 4, 5})));
      write(files->labels, npy("<i8", "(6,)", raw<std::int64_t>({0, 1, 2, 0, 1, 2})));
    }
  }
  template <class Value>
  void train_on(const std::string& type, const std::vector<Value>& values,
                const std::string& shape = "(6,)") {
    for (const auto* files : {&options_.train, &options_.validation})
      write(files->labels, npy(type, shape, raw<Value>(values)));
  }
  template <class Value>
  void validate_on(const std::string& type, const std::vector<Value>& values,
                   const std::string& shape = "(6,)") {
    write(options_.validation.labels, npy(type, shape, raw<Value>(values)));
  }
  void expect(std::int64_t classes, const Encoded& labels, const Names& names, const std::string& notice) {
    const Splits splits = load_splits(options_);
    EXPECT_EQ(splits.classes, classes);
    EXPECT_EQ(splits.train.labels, labels);
    EXPECT_TRUE(splits.train.targets.empty());
    EXPECT_EQ(splits.class_names, names);
    std::string all;
    for (const std::string& each : splits.notices) all += each + "\n";
    EXPECT_TRUE(has(all, {notice}));
    if (notice.empty()) {
      EXPECT_EQ(all, "");
    }
  }
  std::string load_error() {
    return user_error([&] { load_splits(options_); });
  }

  TemporaryFolder folder_;
  DataOptions options_;
};

TEST_F(Labels, AtTheEndsOfTheirType) {
  constexpr std::int64_t least = INT64_MIN, greatest = INT64_MAX;
  train_on<std::int64_t>("<i8", {0, greatest, 0, greatest, 0, greatest});
  expect(2, {0, 1, 0, 1, 0, 1}, {"0", "9223372036854775807"}, "become the classes 0 to 1");
  train_on<std::int64_t>("<i8", {0, 1, 0, greatest, 0, 1});
  EXPECT_TRUE(has(load_error(), {"need 9,223,372,036,854,775,808 classes", "only sample 3"}));
  train_on<std::int64_t>("<i8", {0, 1, 0, least, 0, 1});
  EXPECT_TRUE(has(load_error(), {"-9223372036854775808 of sample 3", "is no class number"}));
}

TEST_F(Labels, FromZeroOnAreTheClasses) {
  expect(3, {0, 1, 2, 0, 1, 2}, {}, "");
  train_on<std::int64_t>("<i8", {0, 2, 3, 0, 2, 3});
  expect(4, {0, 2, 3, 0, 2, 3}, {}, "1 of the 4 classes 0 to 3 have no training sample");
  validate_on<std::int64_t>("<i8", {0, 1, 2, 3, 1, 2});
  EXPECT_EQ(load_splits(options_).validation.labels, (Encoded{0, 1, 2, 3, 1, 2}));
  options_.classes = 9;
  expect(9, {0, 2, 3, 0, 2, 3}, {}, "");
}

TEST_F(Labels, ThatArePlusAndMinusOne) {
  train_on<std::int8_t>("|i1", {-1, 1, 1, -1, 1, -1});
  expect(2, {0, 1, 1, 0, 1, 0}, {"-1", "1"}, "the labels -1, 1 become the classes 0 to 1");
}

TEST_F(Labels, ThatBeginAtOne) {
  train_on<std::int32_t>("<i4", {1, 2, 3, 1, 2, 3});
  expect(3, {0, 1, 2, 0, 1, 2}, {"1", "2", "3"}, "the labels 1, 2, 3 become the classes 0 to 2");
}

TEST_F(Labels, WithLargeGaps) {
  train_on<std::uint8_t>("|u1", {0, 255, 255, 0, 0, 255});
  expect(2, {0, 1, 1, 0, 0, 1}, {"0", "255"}, "the labels 0, 255 become the classes 0 to 1");
}

TEST_F(Labels, SavedAsFloatsAreClassesIfTheyAreWholeAndFew) {
  train_on<double>("<f8", {0, 1, 2, 0, 1, 2});
  expect(3, {0, 1, 2, 0, 1, 2}, {}, "whole numbers saved as float64, and are taken as classes");
  train_on<float>("<f4", {-1, 1, -1, 1, 1, -1});
  expect(2, {0, 1, 0, 1, 1, 0}, {"-1", "1"}, "saved as float32");
}

TEST_F(Labels, SavedAsFloatsAreTargetsIfTheyAreNotWholeOrManyOrTheLossSaysSo) {
  const auto expect_targets = [&](const std::vector<float>& targets) {
    const Splits splits = load_splits(options_);
    EXPECT_EQ(splits.classes, 0);
    EXPECT_EQ(splits.train.targets, targets);
    EXPECT_TRUE(splits.train.labels.empty());
  };
  train_on<float>("<f4", {0, 1, 2, 0, 1, 2.5f});
  expect_targets({0, 1, 2, 0, 1, 2.5f});
  train_on<float>("<f4", {0, 1, 2, 3, 1, 2});
  expect_targets({0, 1, 2, 3, 1, 2});
  EXPECT_TRUE(has(load_splits(options_).notices.at(0), {"4 whole numbers of 6 samples", "too many"}));
  train_on<double>("<f8", {0, 1, 0, 1, 1, 0}, "(6, 1)");
  options_.target = Target::numbers;
  expect_targets({0, 1, 0, 1, 1, 0});
}

TEST_F(Labels, OfAColumnAreTakenAsARow) {
  train_on<std::int64_t>("<i8", {0, 1, 2, 0, 1, 2}, "(6, 1)");
  expect(3, {0, 1, 2, 0, 1, 2}, {}, "labels of shape (6, 1) are taken as (6)");
}

TEST_F(Labels, OneHotOfAnyType) {
  const std::vector<int> rows{1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0};
  const auto as = [&]<class Value>(Value) { return std::vector<Value>(rows.begin(), rows.end()); };
  const Encoded labels{0, 1, 2, 0, 1, 1};
  train_on("<f4", as(float()), "(6, 3)");
  expect(3, labels, {}, "the labels are one-hot, and are taken as 3 classes");
  train_on("<f8", as(double()), "(6, 3)");
  expect(3, labels, {}, "one-hot");
  train_on("|b1", as(std::uint8_t()), "(6, 3)");
  expect(3, labels, {}, "one-hot");
  train_on("<i8", as(std::int64_t()), "(6, 3)");
  validate_on<std::int64_t>("<i8", {0, 1, 2, 0, 1, 2});
  expect(3, labels, {}, "one-hot");
}

TEST_F(Labels, ThatAreNotOneHotAreRefusedWithTheSample) {
  train_on<float>("<f4", {1, 0, 0, 1, 1, 0, 0, 1, 0.5f, 0.5f, 1, 0}, "(6, 2)");
  EXPECT_TRUE(
      has(load_error(), {options_.train.labels, "column 0 of sample 4 is 0.5; labels of shape (6, 2)"}));
  train_on<float>("<f4", {1, 0, 0, 1, 0, 0, 0, 1, 1, 0, 1, 0}, "(6, 2)");
  EXPECT_TRUE(has(load_error(), {"sample 2 has no 1"}));
  train_on<float>("<f4", {1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 1, 0}, "(6, 2)");
  EXPECT_TRUE(has(load_error(), {"sample 2 has a 1 in the columns 0 and 1"}));
}

TEST_F(Labels, OfBools) {
  train_on<std::uint8_t>("|b1", {0, 1, 1, 0, 0, 1});
  expect(2, {0, 1, 1, 0, 0, 1}, {}, "");
}

TEST_F(Labels, OfValidationMustOccurInTraining) {
  train_on<std::int64_t>("<i8", {-1, 1, -1, 1, 1, -1});
  validate_on<std::int64_t>("<i8", {-1, 1, 0, 1, 1, -1});
  EXPECT_TRUE(has(load_error(), {options_.validation.labels, "no training sample has the label 0 of sample 2",
                                 "-1, 1", "data.classes"}));
  train_on<std::int64_t>("<i8", {0, 1, 0, 1, 1, 0});
  validate_on<std::int64_t>("<i8", {0, 1, 2, 1, 1, 0});
  EXPECT_TRUE(has(load_error(), {"the label 2 of sample 2 is outside the classes; it must be in [0, 2)"}));
  options_.classes = 3;
  EXPECT_EQ(load_splits(options_).classes, 3);
  train_on<std::int64_t>("<i8", {1, 2, 3, 1, 2, 3});
  EXPECT_TRUE(has(load_error(), {"the label 3 of sample 2", "[0, 3)", "data.classes 0 takes other numbers"}));
}

TEST_F(Labels, StrayOnesAreRefusedBeforeMemoryIsTaken) {
  train_on<std::int64_t>("<i8", {0, 1, 2, 268435457, 1, 2});
  EXPECT_TRUE(has(load_error(), {options_.train.labels, "the labels need 268,435,458 classes for 6 samples",
                                 "sample 3", "set data.classes"}));
  train_on<std::int64_t>("<i8", {0, 1, 2, -9999999, 1, 2});
  EXPECT_TRUE(has(load_error(), {"the label -9999999 of sample 3"}));
}

TEST_F(Labels, OfAnOutlineAreTheSame) {
  train_on<std::int32_t>("<i4", {1, 2, 3, 1, 2, 3});
  const Splits outline = outline_splits(options_), whole = load_splits(options_);
  EXPECT_EQ(outline.classes, 3);
  EXPECT_EQ(outline.train.labels, whole.train.labels);
  EXPECT_TRUE(std::get<Array<float>>(outline.train.inputs).empty());
  EXPECT_EQ(memory_of(outline.train), 6 * (4 + 4));
}

}  // namespace
}  // namespace cellsweep::data
