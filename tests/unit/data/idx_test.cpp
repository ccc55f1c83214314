#include "data/idx.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "unit/data/break_file.h"
#include "unit/data/data_files.h"

namespace cellsweep::data {
namespace {

// `samples` images of 2 rows and 3 columns whose pixels count up, and labels 0, 1, 2, 0 …
std::string images(std::uint32_t samples) {
  std::string body(samples * 6, '\0');
  std::iota(body.begin(), body.end(), '\0');
  return idx(0x803, {samples, 2, 3}, body);
}
std::string labels(std::uint32_t samples) {
  std::string body;
  for (std::uint32_t i = 0; i < samples; ++i) body += static_cast<char>(i % 3);
  return idx(0x801, {samples}, body);
}

class IdxTest : public testing::Test {
 protected:
  IdxTest() {
    write(train_images_, images(8));
    write(train_labels_, labels(8));
    write(folder_ / "t10k-images-idx3-ubyte", images(5));
    write(folder_ / "t10k-labels-idx1-ubyte", labels(5));
    options_.directory = folder_.path();
    options_.test_samples = 2;
  }
  std::string load_error() {
    return user_error([&] { load_splits(options_); });
  }

  TemporaryFolder folder_;
  const std::string train_images_ = folder_ / "train-images-idx3-ubyte";
  const std::string train_labels_ = folder_ / "train-labels-idx1-ubyte";
  DataOptions options_;
};

TEST_F(IdxTest, LoadsAndLeavesTheTestSetOut) {
  const Splits splits = load_splits(options_);
  EXPECT_EQ(splits.classes, 3);
  EXPECT_EQ(splits.train.samples, 8);
  EXPECT_EQ(splits.train.time, 2);
  EXPECT_EQ(splits.train.features, 3);
  EXPECT_EQ(splits.train.labels, (std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 1}));
  EXPECT_EQ(splits.validation.labels, (std::vector<std::int32_t>{0, 1, 2}));
  const Dataset test = load_test_set(options_);
  EXPECT_EQ(test.samples, 2);
  EXPECT_EQ(test.labels, (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(std::get<Array<std::uint8_t>>(test.inputs).front(), 18);
}

TEST_F(IdxTest, GathersScaledAsDoubleDivisionDoes) {
  std::string body(256, '\0');
  std::iota(body.begin(), body.end(), '\0');
  write(train_images_, idx(0x803, {2, 2, 64}, body));
  write(train_labels_, labels(2));
  Split split = load_idx(folder_.path(), "train", InputScale::automatic, Read::all);
  encode(*split.labels, {3, {}}, options_, split.set);
  const Dataset& set = split.set;
  std::vector<std::uint8_t> out(256);
  set.gather_inputs(std::array<std::int64_t, 2>{1, 0}, std::span(out));
  for (int value = 0; value < 256; ++value) EXPECT_EQ(out[(value + 128) % 256], value);
  std::vector<std::int32_t> gathered(3);
  set.gather_labels(std::array<std::int64_t, 3>{1, 0, 1}, gathered, {});
  EXPECT_EQ(gathered, (std::vector<std::int32_t>{1, 0, 1}));
}

TEST_F(IdxTest, LimitCutsBothSetsButNotTheClasses) {
  options_.limit = 2;
  const Splits splits = load_splits(options_);
  EXPECT_EQ(splits.train.samples, 2);
  EXPECT_EQ(splits.validation.samples, 2);
  EXPECT_EQ(std::get<Array<std::uint8_t>>(splits.train.inputs).size(), 12u);
  EXPECT_EQ(splits.classes, 3);
}

TEST_F(IdxTest, ReadsGzip) {
  std::filesystem::remove(train_images_);
  write_gz(train_images_ + ".gz", images(8));
  EXPECT_EQ(std::get<Array<std::uint8_t>>(load_splits(options_).train.inputs)[47], 47);
}

TEST_F(IdxTest, RefusesDamagedGzip) {
  std::filesystem::remove(train_images_);
  const std::string path = train_images_ + ".gz";
  write_gz(path, images(8) + "x");
  EXPECT_TRUE(has(load_error(), {path, "byte 64: the file continues"}));
  write_gz(path, images(8).substr(0, 40));
  EXPECT_TRUE(has(load_error(), {"byte 40: the file ends here, but at least 64 bytes"}));
  write_gz(path, idx(0x803, {1u << 30, 28, 28}, ""));
  EXPECT_TRUE(has(load_error(), {"cannot hold more than"}));
  write_gz(path, images(8));
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 6);
  EXPECT_TRUE(has(load_error(), {"truncated or damaged"}));
}

TEST_F(IdxTest, NamesWhereAFileIsWrong) {
  write(train_images_, images(8).substr(0, 63));
  EXPECT_TRUE(has(load_error(), {train_images_ + ": byte 4", "needs a file of 64 bytes", "truncated"}));
  write(train_images_, images(8) + "x");
  EXPECT_TRUE(has(load_error(), {"has 65", "too many"}));
  write(train_images_, images(8).substr(0, 10));
  EXPECT_TRUE(has(load_error(), {"byte 10: the file ends here"}));
  write(train_images_, labels(8));
  EXPECT_TRUE(has(load_error(), {"byte 0: the magic number is 2049", "2051"}));
  write(train_images_, idx(0x803, {0, 2, 3}, ""));
  EXPECT_TRUE(has(load_error(), {"0 x 2 x 3 holds nothing"}));
  write(train_images_, idx(0x803, {0xffffffff, 0xffffffff, 0xffffffff}, ""));
  EXPECT_TRUE(has(load_error(), {"larger than any file"}));
  write(train_images_, images(7));
  EXPECT_TRUE(has(load_error(), {train_labels_ + ": byte 4: there are 8 labels", "7 images"}));
}

TEST_F(IdxTest, RefusesLabelsOutsideTheClasses) {
  options_.classes = 2;
  EXPECT_TRUE(has(
      load_error(),
      {train_labels_ + ": byte 10: the label 2 of sample 2 is outside the classes; it must be in [0, 2)"}));
  options_.classes = 0;
  write(train_labels_, idx(0x801, {8}, std::string("\0\1\0\1\0\1\0\1", 8)));
  EXPECT_TRUE(has(load_error(), {"t10k-labels-idx1-ubyte: byte 10: the label 2 of sample 2"}));
}

TEST_F(IdxTest, SaysHowToGetMissingFiles) {
  std::filesystem::remove(train_labels_);
  EXPECT_TRUE(has(load_error(), {"neither train-labels-idx1-ubyte nor", "./launch/fetch-mnist"}));
  options_.directory = folder_ / "absent";
  EXPECT_TRUE(has(load_error(), {options_.directory, "./launch/fetch-mnist"}));
  std::filesystem::create_directory(train_labels_);
  options_.directory = folder_.path();
  EXPECT_TRUE(has(load_error(), {"is not a regular file"}));
}

TEST_F(IdxTest, RefusesWrongOptions) {
  options_.test_samples = 5;
  EXPECT_TRUE(has(load_error(), {"data.test_samples: is 5", "has 5 test samples"}));
  options_.test_samples = 0;
  EXPECT_EQ(load_splits(options_).validation.samples, 5);
  EXPECT_TRUE(has(user_error([&] { load_test_set(options_); }), {"no test set"}));
  write(folder_ / "t10k-images-idx3-ubyte", idx(0x803, {5, 3, 2}, std::string(30, 'a')));
  EXPECT_TRUE(has(load_error(), {"2 steps of 3 features", "3 steps of 2 features"}));
}

TEST(DataFuzz, Idx) {
  const TemporaryFolder folder;
  const std::string images = folder / "train-images-idx3-ubyte";
  const std::string labels = folder / "train-labels-idx1-ubyte";
  write(images, idx(0x803, {3, 2, 2}, "abcdefghijkl"));
  write(labels, idx(0x801, {3}, std::string("\0\1\2", 3)));
  const auto load = [&] { load_idx(folder.path(), "train", InputScale::automatic, Read::all); };
  break_file(images, load);
  break_file(labels, load);
  std::filesystem::remove(images);
  write_gz(images + ".gz", idx(0x803, {3, 2, 2}, "abcdefghijkl"));
  break_file(images + ".gz", load);
}

}  // namespace
}  // namespace cellsweep::data
