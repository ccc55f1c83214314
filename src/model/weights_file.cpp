#include "model/weights_file.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/file.h"
#include "base/relative_path.h"
#include "model/foreign_format.h"

namespace cellsweep::model {
namespace {

// A checkpoint has up to five more buffers of the size of the weights: moments of the optimizer, accumulated
// gradients, and the best weights.
constexpr std::uint64_t most_buffers = 6;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& what) {
  throw UserError(fmt::format("{}: {}", path.string(), what));
}

void check_tensor_fits(const std::filesystem::path& path, const Weight& weight, const Tensor& tensor) {
  const auto bad = [&](const std::string& what) {
    refuse(path, fmt::format("weight '{}' {}", weight.name, what));
  };
  if (tensor.type != "F32") bad(fmt::format("has dtype \"{}\", but must be \"F32\"", tensor.type));
  const std::vector<std::uint64_t> shape(weight.shape.begin(), weight.shape.end());
  const bool is_transposed =
      shape.size() == 2 && tensor.shape == std::vector<std::uint64_t>(shape.rbegin(), shape.rend());
  if (tensor.shape != shape)
    bad(fmt::format("has shape [{}], but this model needs [{}]{}", fmt::join(tensor.shape, ","),
                    fmt::join(shape, ","), is_transposed ? "; it seems to be transposed" : ""));
}

std::string names_of(const Layout& layout) {
  std::vector<std::string> names;
  for (const auto* weights : {&layout.trainable, &layout.moving_statistics})
    for (const Weight& weight : *weights) names.push_back(weight.name);
  constexpr std::size_t most = 12;
  const std::size_t more = names.size() > most ? names.size() - most : 0;
  names.resize(names.size() - more);
  return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

// Names, types and shapes are those of the model.
void check_layout_fits(const std::filesystem::path& path, const Safetensors& file, const Layout& layout) {
  for (const auto& [name, tensor] : file.tensors)
    if (is_pytorch_name(name))
      refuse(path, fmt::format("has PyTorch's names ('{}'), but this model needs {}; {}", name,
                               names_of(layout), pytorch_mapping()));
  for (const auto& [name, tensor] : file.tensors)
    if (!name.starts_with(not_a_weight) && layout.find(name) == nullptr)
      refuse(path,
             fmt::format("weight '{}' is not one of this model's, which are {}", name, names_of(layout)));
  for (const auto* weights : {&layout.trainable, &layout.moving_statistics})
    for (const Weight& weight : *weights) {
      const auto found = file.tensors.find(weight.name);
      if (found == file.tensors.end())
        refuse(path, fmt::format("weight '{}' of this model is missing", weight.name));
      check_tensor_fits(path, weight, found->second);
    }
}

// "[3,17]", where value `index` of the weight is.
std::string indices_of(const Weight& weight, std::size_t index) {
  std::vector<std::size_t> indices;
  for (auto size = weight.shape.rbegin(); size != weight.shape.rend(); ++size) {
    indices.insert(indices.begin(), index % *size);
    index /= *size;
  }
  return fmt::format("[{}]", fmt::join(indices, ","));
}

// Training would continue from such values, and only its loss would show it.
void check_values(const std::filesystem::path& path, const Safetensors& file, const Layout& layout) {
  for (const auto* weights : {&layout.trainable, &layout.moving_statistics})
    for (const Weight& weight : *weights) {
      const auto bytes = file.tensors.at(weight.name).bytes;
      const bool is_variance = weight.name.ends_with(".moving_variance");
      for (std::size_t i = 0; i < static_cast<std::size_t>(weight.size); ++i) {
        float value = 0;
        std::memcpy(&value, bytes.data() + i * sizeof value, sizeof value);
        if (!std::isfinite(value))
          refuse(path, fmt::format("weight '{}' is {} at {}; weights must be finite", weight.name, value,
                                   indices_of(weight, i)));
        if (is_variance && value < 0)
          refuse(path, fmt::format("weight '{}' is {} at {}; a variance cannot be negative", weight.name,
                                   value, indices_of(weight, i)));
      }
    }
}

}  // namespace

std::vector<std::pair<std::string, Tensor>> weight_tensors(const Layout& layout,
                                                           std::span<const float> parameters,
                                                           std::span<const float> moving_statistics) {
  std::vector<std::pair<std::string, Tensor>> tensors;
  for (const auto& [weights, buffer] :
       {std::pair(&layout.trainable, parameters), std::pair(&layout.moving_statistics, moving_statistics)})
    for (const Weight& weight : *weights)
      tensors.emplace_back(weight.name, Tensor{"F32",
                                               {weight.shape.begin(), weight.shape.end()},
                                               std::as_bytes(buffer.subspan(weight.offset, weight.size))});
  return tensors;
}

void read_weights(const std::filesystem::path& path, const Safetensors& file, const Layout& layout,
                  std::span<float> parameters, std::span<float> moving_statistics) {
  check_layout_fits(path, file, layout);
  for (const auto& [weights, buffer] :
       {std::pair(&layout.trainable, parameters), std::pair(&layout.moving_statistics, moving_statistics)})
    for (const Weight& weight : *weights) {
      const auto bytes = file.tensors.at(weight.name).bytes;
      std::memcpy(buffer.data() + weight.offset, bytes.data(), bytes.size());
    }
}

void write_weights(const std::filesystem::path& path, const Layout& layout, std::span<const float> parameters,
                   std::span<const float> moving_statistics) {
  write_file(path, to_safetensors({}, weight_tensors(layout, parameters, moving_statistics)));
}

void read_weights(const std::filesystem::path& path, const Layout& layout, std::span<float> parameters,
                  std::span<float> moving_statistics) {
  const std::uint64_t values = parameters.size() + moving_statistics.size();
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    refuse(path, "there is no such file" + working_directory_note(path));
  if (const std::string format = foreign_format(front_of(path)); !format.empty())
    refuse(path, fmt::format(
                     "{}, but weights are read from safetensors, as safetensors.numpy.save_file writes them, "
                     "with Keras' layouts and the names {}{}",
                     format, names_of(layout),
                     format.find("PyTorch") == std::string::npos ? "" : "; " + pytorch_mapping()));
  const std::string content = read_file(path, 2 * largest_header + most_buffers * sizeof(float) * values);
  const Safetensors file = parse_safetensors(path, content);
  check_layout_fits(path, file, layout);
  check_values(path, file, layout);
  read_weights(path, file, layout, parameters, moving_statistics);
}

}  // namespace cellsweep::model
