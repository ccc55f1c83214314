#include "data/npy.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "unit/data/break_file.h"
#include "unit/data/data_files.h"

namespace cellsweep::data {
namespace {

class NpyTest : public testing::Test {
 protected:
  NpyTest() {
    write(files_.inputs, npy("<f4", "(3, 1, 2)", raw<float>({0, 1, 2, 3, 4, 5.5f})));
    write(files_.labels, npy("<i4", "(3,)", raw<std::int32_t>({2, 0, 1})));
  }
  std::string load_error(std::int64_t classes = 0) {
    DataOptions options = pair(files_);
    options.classes = classes;
    return user_error([&] { load_splits(options); });
  }
  DataOptions pair(const NpyFiles& validation) {
    DataOptions options;
    options.format = Format::npy;
    options.train = files_;
    options.validation = validation;
    return options;
  }
  std::vector<float> gathered() {
    const Dataset set = load_npy(files_, {}, Read::all).set;
    return std::visit(
        [&]<class Value>(const Array<Value>&) {
          std::vector<Value> out(4);
          set.gather_inputs(std::array<std::int64_t, 2>{2, 0}, std::span(out));
          return std::vector<float>(out.begin(), out.end());
        },
        set.inputs);
  }

  TemporaryFolder folder_;
  const NpyFiles files_{folder_ / "x.npy", folder_ / "y.npy"};
};

TEST_F(NpyTest, LoadsEveryVersionAndInputType) {
  for (int version = 1; version <= 3; ++version) {
    write(files_.inputs, npy("<f4", "(3, 1, 2)", raw<float>({0, 1, 2, 3, 4, 5.5f}), version));
    EXPECT_EQ(gathered(), (std::vector<float>{4, 5.5f, 0, 1})) << version;
  }
  write(files_.inputs, npy("<f8", "(3, 1, 2)", raw<double>({0, 1, 2, 3, 4, 0.1})));
  EXPECT_EQ(gathered(), (std::vector<float>{4, 0.1f, 0, 1}));
  write(files_.inputs, npy("|u1", "(3, 1, 2)", raw<std::uint8_t>({0, 255, 2, 3, 51, 5})));
  EXPECT_EQ(gathered(), (std::vector<float>{51, 5, 0, 255}));  // as they are: a network scales them
}

template <class Value>
void expect_labels(const NpyFiles& files, const std::string& type) {
  DataOptions options{.format = Format::npy, .train = files, .validation = files, .classes = 128};
  write(files.labels, npy(type, "(3,)", raw<Value>({5, 0, 127})));
  EXPECT_EQ(load_splits(options).train.labels, (std::vector<std::int32_t>{5, 0, 127})) << type;
  options.classes = 6;
  write(files.labels, npy(type, "(3,)", raw<Value>({5, 0, 100})));
  EXPECT_TRUE(has(user_error([&] { load_splits(options); }),
                  {"the label 100 of sample 2 is outside the classes; it must be in [0, 6)"}))
      << type;
}

TEST_F(NpyTest, LoadsEveryLabelType) {
  expect_labels<std::int8_t>(files_, "|i1");
  expect_labels<std::uint8_t>(files_, "|u1");
  expect_labels<std::int16_t>(files_, "<i2");
  expect_labels<std::uint16_t>(files_, "<u2");
  expect_labels<std::int32_t>(files_, "<i4");
  expect_labels<std::uint32_t>(files_, "<u4");
  expect_labels<std::int64_t>(files_, "<i8");
  expect_labels<std::uint64_t>(files_, "<u8");
  write(files_.labels, npy("<u8", "(3,)", raw<std::uint64_t>({0, ~std::uint64_t{0}, 0})));
  EXPECT_TRUE(has(load_error(), {"the label 18446744073709551615 of sample 1 is too large"}));
}

TEST_F(NpyTest, FloatLabelsMakeARegression) {
  write(files_.labels, npy("<f8", "(3,)", raw<double>({0.5, -1, 2})));
  DataOptions options = pair(files_);
  options.limit = 2;
  const Splits splits = load_splits(options);
  EXPECT_EQ(splits.classes, 0);
  EXPECT_EQ(splits.train.targets, (std::vector<float>{0.5f, -1.0f}));
  std::vector<float> targets(1);
  splits.train.gather_labels(std::array<std::int64_t, 1>{1}, {}, targets);
  EXPECT_EQ(targets, (std::vector<float>{-1.0f}));
  options.classes = 3;
  EXPECT_TRUE(has(user_error([&] { load_splits(options); }), {"data.classes: is 3"}));
}

TEST_F(NpyTest, ValidationMustMatch) {
  const NpyFiles other{folder_ / "xv.npy", files_.labels};
  write(other.inputs, npy("<f4", "(3, 2, 1)", raw<float>({0, 1, 2, 3, 4, 5})));
  DataOptions options = pair(other);
  EXPECT_TRUE(
      has(user_error([&] { load_splits(options); }), {"1 steps of 2 features", "2 steps of 1 features"}));
  options.validation = {files_.inputs, folder_ / "yv.npy"};
  write(options.validation.labels, npy("<f4", "(3,)", raw<float>({0, 1, 2.5f})));
  EXPECT_TRUE(has(user_error([&] { load_splits(options); }), {"real targets"}));
  options.validation.labels = "";
  EXPECT_TRUE(has(user_error([&] { load_splits(options); }), {"data.validation.labels: is not set"}));
}

TEST_F(NpyTest, RefusesBrokenInputs) {
  const std::string body = raw<float>({0, 1, 2, 3, 4, 5});
  const auto error_of = [&](const std::string& bytes) {
    write(files_.inputs, bytes);
    return load_error();
  };
  const std::string whole = npy("<f4", "(3, 1, 2)", body);
  EXPECT_TRUE(has(error_of(whole.substr(0, whole.size() - 1)), {files_.inputs + ": byte 10", "truncated"}));
  EXPECT_TRUE(has(error_of(whole + "x"), {"too many"}));
  EXPECT_TRUE(has(error_of("P" + whole), {"byte 0: this is no .npy file"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(3, 1, 2)", body, 4)), {"byte 6: the .npy version is 4"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(6, 1)", body)), {"must have 3: (samples, time, features)"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(0, 1, 2)", "")), {"holds nothing"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(4294967296, 4294967296, 2)", body)), {"larger than any file"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(1, 1, 4611686018427387904)", body)), {"larger than any file"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(1, 1, 99999999999999999999)", body)), {"a dimension must be"}));
  EXPECT_TRUE(has(error_of(npy("<f4", "(-3, 1, 2)", body)), {"a dimension must be"}));
  EXPECT_TRUE(has(error_of(npy("|O", "(3, 1, 2)", body)), {"pickle"}));
  EXPECT_TRUE(has(error_of(npy(">f4", "(3, 1, 2)", body)), {"big-endian"}));
  EXPECT_TRUE(has(error_of(npy("<c8", "(3, 1, 2)", body)), {"type '<c8'; they must be float32"}));
  EXPECT_TRUE(has(error_of(npy("\033[2J", "(3, 1, 2)", body)), {"type '?[2J'"}));
  EXPECT_TRUE(has(error_of(npy_with("{'descr': '<f4', 'fortran_order': True, 'shape': (3, 1, 2)}", body)),
                  {"Fortran order"}));
  EXPECT_TRUE(
      has(error_of(npy_with("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (3, 1, 2)}", body)),
          {"structures"}));
  EXPECT_TRUE(has(error_of(npy_with("{'descr': '<f4', 'shape': (3, 1, 2)}", body)), {"lacks one of"}));
  EXPECT_TRUE(has(error_of(npy_with("{'descr': '<f4', 'descr': '<f4'}", body)), {"given twice"}));
  std::string huge_header = npy("<f4", "(3, 1, 2)", body, 2);
  huge_header[11] = '\x7f';
  EXPECT_TRUE(has(error_of(huge_header), {"byte 8: the header has"}));
}

TEST_F(NpyTest, NamesSampleStepAndFeatureOfNumbersThatAreNotFinite) {
  write(files_.inputs, npy("<f8", "(3, 2, 2)", raw<double>({0, 1, 2, 3, 4, 5, 6, 1e300, 8, 9, 10, 11})));
  EXPECT_TRUE(has(load_error(), {files_.inputs, "sample 1, step 1, feature 1 is too large for float32"}));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  write(files_.inputs, npy("<f4", "(3, 2, 2)", raw<float>({0, 1, 2, 3, 4, 5, 6, 7, nan, 9, 10, 11})));
  EXPECT_TRUE(has(load_error(), {"byte ", "sample 2, step 0, feature 0 is not a number (NaN)"}));
}

TEST_F(NpyTest, NamesTheSampleOfATargetThatIsNotFinite) {
  write(files_.labels, npy("<f8", "(3,)", raw<double>({0, std::numeric_limits<double>::infinity(), 2})));
  EXPECT_TRUE(has(load_error(), {files_.labels, "the label of sample 1 is infinite"}));
}

TEST_F(NpyTest, RefusesBrokenLabels) {
  write(files_.labels, npy("<i4", "(2,)", raw<std::int32_t>({2, 0})));
  EXPECT_TRUE(has(load_error(), {"there are 2 labels for 3 inputs"}));
  write(files_.labels, npy("<i4", "(3, 1, 1)", raw<std::int32_t>({2, 0, 1})));
  EXPECT_TRUE(has(load_error(), {"3 dimensions; they must have 1, (samples)"}));
  write(files_.labels, npy("|b1", "(3,)", "abc"));
  EXPECT_TRUE(has(load_error(), {"the bool of sample 0 is 97; it must be 0 or 1"}));
  write(files_.labels, npy("<c8", "(3,)", "abc"));
  EXPECT_TRUE(has(load_error(), {"type '<c8'; they must be integers"}));
  std::filesystem::remove(files_.labels);
  EXPECT_TRUE(has(load_error(), {files_.labels + ": cannot open: No such file"}));
}

TEST(DataFuzz, Npy) {
  const TemporaryFolder folder;
  const NpyFiles files{folder / "x.npy", folder / "y.npy"};
  write(files.inputs, npy("<f8", "(2, 1, 2)", raw<double>({1, 2, 3, 4})));
  write(files.labels, npy("<i8", "(2,)", raw<std::int64_t>({1, 0}), 2));
  const auto load = [&] { load_npy(files, {}, Read::all); };
  break_file(files.inputs, load);
  break_file(files.labels, load);
}

}  // namespace
}  // namespace cellsweep::data
