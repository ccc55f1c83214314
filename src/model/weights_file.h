// Weights as a safetensors file (https://github.com/huggingface/safetensors: an 8-byte little-endian header
// length, a JSON header, raw little-endian values), under Keras' names and in Keras' layouts.
#pragma once

#include <filesystem>
#include <span>

#include "model/layout.h"

namespace cellsweep::model {

// Writes all weights, trainable and moving, as F32. The file appears whole or not at all. Throws Error.
void write_weights(const std::filesystem::path& path, const Layout& layout, std::span<const float> parameters,
                   std::span<const float> moving);

// Reads every weight of `layout`. Throws UserError naming the file and the weight (or byte offset) for
// anything that is missing, unknown, of another shape or type, out of bounds, or overlapping; then nothing
// has been written to the spans.
void read_weights(const std::filesystem::path& path, const Layout& layout, std::span<float> parameters,
                  std::span<float> moving);

}  // namespace cellsweep::model
