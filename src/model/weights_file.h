// Weights as a safetensors file, under Keras' names and in Keras' layouts.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/layout.h"
#include "model/safetensors.h"

namespace cellsweep::model {

// Prefix of a checkpoint's tensors that are not weights; readers skip them, so a checkpoint is also a weights
// file.
constexpr std::string_view not_a_weight = "resume.";

// The weights as tensors, trainable ones first. They view the buffers, which are laid out as `layout` says.
std::vector<std::pair<std::string, Tensor>> weight_tensors(const Layout& layout,
                                                           std::span<const float> parameters,
                                                           std::span<const float> moving_statistics);

// Copies every weight of `layout` out of a file. Throws UserError naming `path` and the weight for one that
// is missing, unknown, or of another shape or type; then nothing has been written to the spans.
void read_weights(const std::filesystem::path& path, const Safetensors& file, const Layout& layout,
                  std::span<float> parameters, std::span<float> moving_statistics);

// Writes all weights, trainable and moving, as F32. The file appears whole or not at all. Throws Error.
void write_weights(const std::filesystem::path& path, const Layout& layout, std::span<const float> parameters,
                   std::span<const float> moving_statistics);

// Reads every weight of `layout` from a file, as above; throws as parse_safetensors() does, too. A file of
// another known format is named, and values that are not finite and negative variances are refused, with the
// weight and the place in it.
void read_weights(const std::filesystem::path& path, const Layout& layout, std::span<float> parameters,
                  std::span<float> moving_statistics);

}  // namespace cellsweep::model
