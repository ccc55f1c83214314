// The safetensors format (https://github.com/huggingface/safetensors): an 8-byte little-endian header length,
// a JSON header, raw little-endian values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellsweep::model {

// A tensor in a file, row-major. `type` is the format's name of it: F32, F64, I64, ...
struct Tensor {
  std::string type;
  std::vector<std::uint64_t> shape;
  std::span<const std::byte> bytes;
};

using Metadata = std::map<std::string, std::string>;

// What a file holds; the tensors view the bytes it was read from.
struct Safetensors {
  Metadata metadata;
  std::map<std::string, Tensor> tensors;
};

// The largest JSON header that is read.
constexpr std::uint64_t largest_header = 1 << 20;

// The file of these tensors, in this order. Tensors of 8-byte values come first, so that all lie aligned.
std::string to_safetensors(const Metadata& metadata, std::span<const std::pair<std::string, Tensor>> tensors);

// Reads the content of a file, which outlives the result. Throws UserError naming `path` and what is wrong
// with the header, or with a tensor that is out of bounds, or leaves a gap or an overlap in the data.
Safetensors parse_safetensors(const std::filesystem::path& path, std::string_view content);

}  // namespace cellsweep::model
