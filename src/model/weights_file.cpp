#include "model/weights_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/file.h"

namespace cellsweep::model {
namespace {

// A checkpoint has up to five more buffers of the size of the weights: moments of the optimizer, accumulated
// gradients, and the best weights.
constexpr std::uint64_t most_buffers = 6;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw UserError(fmt::format("{}: {}", path.string(), what));
}

void check_fit(const std::filesystem::path& path, const Weight& weight, const Tensor& tensor) {
  const auto bad = [&](const std::string& what) {
    refuse(path, fmt::format("weight '{}' {}", weight.name, what));
  };
  if (tensor.type != "F32") bad(fmt::format("has dtype \"{}\", but must be \"F32\"", tensor.type));
  const std::vector<std::uint64_t> shape(weight.shape.begin(), weight.shape.end());
  if (tensor.shape != shape)
    bad(fmt::format("has shape [{}], but this model needs [{}]", fmt::join(tensor.shape, ","),
                    fmt::join(shape, ",")));
}

}  // namespace

std::vector<std::pair<std::string, Tensor>> weight_tensors(const Layout& layout,
                                                           std::span<const float> parameters,
                                                           std::span<const float> moving) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& [weights, buffer] :
       {std::pair(&layout.trainable, parameters), std::pair(&layout.moving, moving)})
    for (const Weight& weight : *weights)
      tensors.emplace_back(weight.name,
                           Tensor{"F32",
                                  {weight.shape.begin(), weight.shape.end()},
                                  std::as_bytes(buffer.subspan(static_cast<std::size_t>(weight.offset),
                                                               static_cast<std::size_t>(weight.size)))});
  return tensors;
}

void read_weights(const std::filesystem::path& path, const Safetensors& file, const Layout& layout,
                  std::span<float> parameters, std::span<float> moving) {
  for (const auto& [name, tensor] : file.tensors)
    if (!name.starts_with(not_a_weight) && layout.find(name) == nullptr)
      refuse(path, fmt::format("weight '{}' is not one of this model's", name));
  for (const auto* weights : {&layout.trainable, &layout.moving})
    for (const Weight& weight : *weights) {
      const auto found = file.tensors.find(weight.name);
      if (found == file.tensors.end())
        refuse(path, fmt::format("weight '{}' of this model is missing", weight.name));
      check_fit(path, weight, found->second);
    }
  for (const auto& [weights, buffer] :
       {std::pair(&layout.trainable, parameters), std::pair(&layout.moving, moving)})
    for (const Weight& weight : *weights) {
      const auto bytes = file.tensors.at(weight.name).bytes;
      std::memcpy(buffer.data() + weight.offset, bytes.data(), bytes.size());
    }
}

void write_weights(const std::filesystem::path& path, const Layout& layout, std::span<const float> parameters,
                   std::span<const float> moving) {
  write_file(path, to_safetensors({}, weight_tensors(layout, parameters, moving)));
}

void read_weights(const std::filesystem::path& path, const Layout& layout, std::span<float> parameters,
                  std::span<float> moving) {
  const std::uint64_t values = parameters.size() + moving.size();
  const std::string content = read_file(path, 2 * largest_header + most_buffers * sizeof(float) * values);
  read_weights(path, parse_safetensors(path, content), layout, parameters, moving);
}

}  // namespace cellsweep::model
