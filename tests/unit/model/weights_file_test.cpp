// weights.safetensors: written, read, and refused.
#include "model/weights_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/layout.h"

namespace cellsweep::model {
namespace {

struct Weights {
  explicit Weights(const Layout& layout)
      : parameters(layout.trainable_size), moving_statistics(layout.moving_statistics_size) {}
  std::vector<float> parameters, moving_statistics;
};

class WeightsFile : public testing::Test {
 protected:
  WeightsFile() {
    options_.hidden_size = 2;
    layout_ = make_layout(options_, {.time = 2, .features = 1, .outputs = 2});
    std::filesystem::create_directory(folder_);
    Weights weights(layout_);
    std::iota(weights.parameters.begin(), weights.parameters.end(), 1.0f);
    std::iota(weights.moving_statistics.begin(), weights.moving_statistics.end(), 1000.0f);
    write_weights(path_, layout_, weights.parameters, weights.moving_statistics);
    std::ifstream file(path_, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    std::uint64_t length = 0;
    std::memcpy(&length, bytes_.data(), 8);
    header_ = bytes_.substr(8, length);
    data_ = bytes_.substr(8 + length);
  }
  ~WeightsFile() override { std::filesystem::remove_all(folder_); }

  void put(const std::string& bytes) const { std::ofstream(path_, std::ios::binary) << bytes; }
  static std::string file_of(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
  }
  // The header with the first `from` replaced.
  std::string changed(const std::string& from, const std::string& to) const {
    std::string header = header_;
    const std::size_t at = header.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return header.replace(at, from.size(), to);
  }
  // The message of the refusal; empty if the file was read. A refused file must leave the buffers alone.
  std::string refusal() const {
    Weights weights(layout_);
    try {
      read_weights(path_, layout_, weights.parameters, weights.moving_statistics);
    } catch (const UserError& error) {
      EXPECT_EQ(weights.parameters, Weights(layout_).parameters);
      EXPECT_EQ(weights.moving_statistics, Weights(layout_).moving_statistics);
      return error.what();
    }
    return "";
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("cellsweep_model_test_" + std::to_string(getpid()));
  std::filesystem::path path_ = folder_ / "weights.safetensors";
  ModelOptions options_;
  Layout layout_;
  std::string bytes_, header_, data_;
};

TEST_F(WeightsFile, GivesBackWhatWasWritten) {
  Weights weights(layout_);
  read_weights(path_, layout_, weights.parameters, weights.moving_statistics);
  for (std::size_t i = 0; i < weights.parameters.size(); ++i)
    EXPECT_EQ(weights.parameters[i], static_cast<float>(1 + i));
  for (std::size_t i = 0; i < weights.moving_statistics.size(); ++i)
    EXPECT_EQ(weights.moving_statistics[i], static_cast<float>(1000 + i));
  EXPECT_EQ(header_.size() % 8, 0U);
}

TEST_F(WeightsFile, TakesMetadata) {
  put(file_of("{\"__metadata__\":{\"format\":\"pt\"}," + header_.substr(1), data_));
  EXPECT_EQ(refusal(), "");
}

TEST_F(WeightsFile, RefusesEveryTruncationAndAnyExtra) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    put(bytes_.substr(0, size));
    EXPECT_NE(refusal(), "") << size;
  }
  put(bytes_ + '\0');
  EXPECT_NE(refusal(), "");
}

TEST_F(WeightsFile, RefusesAHeaderThatDoesNotDescribeTheModel) {
  const std::pair<std::string, std::string> cases[] = {
      {changed("F32", "I32"), "weight 'rnn.kernel' has dtype \"I32\""},
      {changed("F32", "F64"), "has 32 bytes of data, but its shape needs 64"},
      {changed("[1,8]", "[4294967296,4294967296]"), "needs 18446744073709551615"},
      {changed("[1,8]", "[8,1]"), "weight 'rnn.kernel' has shape [8,1], but this model needs [1,8]"},
      {changed("[1,8]", "[-1,8]"), "has shape"},
      {changed("[0,32]", "[0,28]"), "has 28 bytes of data, but its shape needs 32"},
      {changed("[0,32]", "[32,0]"), "lies at data bytes 32 to 0"},
      {changed("[0,32]", "[0,18446744073709551615]"), "lies at data bytes 0 to 18446744073709551615"},
      {changed("[0,32]", "[0]"), "needs two data_offsets"},
      {changed("[32,96]", "[0,64]"), "overlap"},
      {changed("[0,32]", "[4,36]"), "'rnn.kernel' begins at data byte 4"},
      {changed("dense.bias", "dense.hat"), "weight 'dense.hat' is not one of this model's"},
      {changed("dense.bias", "rnn.kernel"), "weight 'rnn.kernel' occurs twice"},
      {changed("\"dtype\":\"F32\",", ""), "must have dtype, shape and data_offsets"},
      {changed("[1,8]", "[[[[1]]]]"), "nested too deeply"},
      {"[]", "must be a JSON object"},
      {"{}", "bytes after the last weight"},
      {changed("dense.bias", "resume.bias"), "weight 'dense.bias' of this model is missing"},
      {"{\"__metadata__\":{\"format\":1}," + header_.substr(1), "must be a JSON object of strings"},
      {std::string(100000, '['), "nested too deeply"},
      {"{\"\xff\":1}", "is not JSON"},
  };
  for (const auto& [header, expected] : cases) {
    put(file_of(header, data_));
    const std::string message = refusal();
    EXPECT_NE(message.find(expected), std::string::npos) << expected << "\n" << message;
    EXPECT_EQ(message.find(path_.string()), 0U) << message;
  }
  put(std::string(8, '\xff') + header_ + data_);
  EXPECT_NE(refusal().find("header length"), std::string::npos);
}

TEST_F(WeightsFile, NamesOtherFormatsAndWhatWouldBeRight) {
  using namespace std::string_literals;
  const std::string zip = "PK\x03\x04\x14\0\0\0\0\0"s + std::string(20, 'x');
  const std::pair<std::string, std::string> cases[] = {
      {zip + "archive/data.pkl", "is a PyTorch file (torch.save)"},
      {zip + "metadata.json", "is a Keras model (.keras)"},
      {zip + "kernel.npy", "is a NumPy archive (.npz)"},
      {"\x80\x02\x8a\x0al\xfc\x9c\x46\xf9"s, "is a pickle"},
      {"\x89HDF\r\n\x1a\n\0\0\0"s, "is an HDF5 file, such as Keras' .h5"},
      {"\x93NUMPY\x01\0v\0{'descr'"s, "is a NumPy array (.npy)"},
      {"\x08\x07\x12\x07pytorch"s, "is an ONNX model"},
      {"{\"weight_map\": {}}", "is JSON"},
      {"version https://git-lfs.github.com/spec/v1\n", "is a text file"},
      {"\x1f\x8b\x08\0\0\0\0\0\0\x03"s, "is gzip-compressed"},
  };
  for (const auto& [content, expected] : cases) {
    put(content);
    const std::string message = refusal();
    EXPECT_EQ(message.find(path_.string() + ": " + expected), 0U) << message;
    EXPECT_NE(message.find("safetensors.numpy.save_file"), std::string::npos) << message;
    EXPECT_NE(message.find("rnn.kernel, rnn.recurrent_kernel"), std::string::npos) << message;
  }
}

TEST_F(WeightsFile, MapsTheNamesOfPytorch) {
  put(file_of(changed("rnn.kernel", "lstm.weight_ih_l0"), data_));
  const std::string message = refusal();
  for (const char* part :
       {"PyTorch's names ('lstm.weight_ih_l0')", "weight_hh_l0 transposed rnn.recurrent_kernel",
        "running_var are batch_norm.gamma, beta, moving_mean and moving_variance"})
    EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST_F(WeightsFile, SaysThatAWeightIsTransposed) {
  put(file_of(changed("[1,8]", "[8,1]"), data_));
  EXPECT_NE(refusal().find("needs [1,8]; it seems to be transposed"), std::string::npos) << refusal();
}

TEST_F(WeightsFile, RefusesValuesThatAreNotFiniteAndNegativeVariances) {
  const auto with = [&](const char* name, std::int64_t index, float value) {
    Weights weights(layout_);
    std::ranges::fill(weights.moving_statistics, 1.0f);
    const Weight& weight = *layout_.find(name);
    auto& buffer =
        weight.name.find("moving") == std::string::npos ? weights.parameters : weights.moving_statistics;
    buffer[weight.offset + index] = value;
    write_weights(path_, layout_, weights.parameters, weights.moving_statistics);
    return refusal();
  };
  EXPECT_NE(with("rnn.recurrent_kernel", 11, NAN).find("weight 'rnn.recurrent_kernel' is nan at [1,3]"),
            std::string::npos);
  EXPECT_NE(with("dense.bias", 1, INFINITY).find("weight 'dense.bias' is inf at [1]"), std::string::npos);
  EXPECT_NE(
      with("batch_norm.moving_variance", 1, -0.5f).find("weight 'batch_norm.moving_variance' is -0.5 at [1]"),
      std::string::npos);
  EXPECT_NE(with("batch_norm.moving_variance", 0, NAN).find("'batch_norm.moving_variance' is nan at [0]"),
            std::string::npos);
  EXPECT_EQ(with("batch_norm.moving_mean", 0, -1), "");
}

TEST_F(WeightsFile, SaysWhereARelativePathBegins) {
  path_ = "no-such-folder/w.safetensors";
  EXPECT_NE(
      refusal().find("no-such-folder/w.safetensors: there is no such file; paths are relative to the working "
                     "directory " +
                     std::filesystem::current_path().string()),
      std::string::npos);
}

// Whatever a byte of the header turns into, it is read or refused, and nothing else happens.
TEST_F(WeightsFile, SurvivesAnyChangedHeaderByte) {
  int refused = 0;
  for (std::size_t at = 0; at < 8 + header_.size(); ++at)
    for (const int flip : {1, 4, 16, 128}) {
      std::string bytes = bytes_;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      put(bytes);
      refused += refusal().empty() ? 0 : 1;
    }
  EXPECT_GT(refused, static_cast<int>(3 * header_.size()));
}

}  // namespace
}  // namespace cellsweep::model
