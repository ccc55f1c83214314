#include "model/foreign_format.h"

#include <algorithm>
#include <fstream>
#include <initializer_list>

namespace cellsweep::model {
namespace {

constexpr std::size_t front_size = 4096;

std::string zip_format(std::string_view front) {
  const auto names = [&](std::initializer_list<std::string_view> parts) {
    return std::ranges::any_of(parts, [&](auto part) { return front.find(part) != std::string_view::npos; });
  };
  if (names({"/data.pkl", "/byteorder", "/.format_version"})) return "is a PyTorch file (torch.save)";
  if (names({"model.weights.h5", "metadata.json", "config.json"})) return "is a Keras model (.keras)";
  if (names({".npy"})) return "is a NumPy archive (.npz)";
  return "is a zip archive";
}

bool is_text(std::string_view front) {
  return !front.empty() && std::ranges::all_of(front, [](char c) {
    return (c >= ' ' && c != '\x7f') || static_cast<unsigned char>(c) >= 0x80 || c == '\n' || c == '\r' ||
           c == '\t';
  });
}

}  // namespace

std::string front_of(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return "";
  std::ifstream file(path, std::ios::binary);
  std::string front(front_size, '\0');
  file.read(front.data(), static_cast<std::streamsize>(front.size()));
  front.resize(file.gcount());
  return front;
}

std::string foreign_format(std::string_view front) {
  const auto begins = [&](std::string_view magic) { return front.starts_with(magic); };
  if (begins("\x1f\x8b\x08")) return "is gzip-compressed";
  // A safetensors file begins with the length of its header, far below 16 MB.
  constexpr std::string_view high_bytes("\0\0\0\0\0", 5);
  if (front.size() >= 8 && front.substr(3, 5) == high_bytes) return "";
  if (begins("PK\x03\x04") || begins("PK\x05\x06")) return zip_format(front);
  if (begins("\x89HDF\r\n\x1a\n")) return "is an HDF5 file, such as Keras' .h5 and .weights.h5";
  if (begins("\x93NUMPY")) return "is a NumPy array (.npy)";
  if (front.size() > 2 && front[0] == '\x80' && front[1] >= 2 && front[1] <= 5)
    return "is a pickle, as PyTorch's torch.save once wrote";
  // ModelProto: ir_version, a small number, then producer_name or the graph.
  if (front.size() > 3 && front[0] == '\x08' && front[1] > 0 && front[1] < 32 &&
      (front[2] == '\x12' || front[2] == '\x3a'))
    return "is an ONNX model";
  if (begins("{") || begins("[")) return "is JSON";
  return is_text(front) ? "is a text file" : "";
}

bool is_pytorch_name(std::string_view name) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"},
      [&](auto part) { return name.find(part) != std::string_view::npos; });
}

std::string pytorch_mapping() {
  return "of PyTorch's, weight_ih_l0 transposed is rnn.kernel, weight_hh_l0 transposed rnn.recurrent_kernel, "
         "and "
         "bias_ih_l0 + bias_hh_l0 rnn.bias; of a gru, gates r,z,n become z,r,h and rnn.bias is both biases, "
         "(2, 3H); "
         "l1 is rnn_1; bidirectional: rnn.forward, and _reverse is rnn.backward; BatchNorm1d's weight, bias, "
         "running_mean and running_var are batch_norm.gamma, beta, moving_mean and moving_variance; Linear's "
         "weight "
         "transposed is dense.kernel, its bias dense.bias";
}

}  // namespace cellsweep::model
