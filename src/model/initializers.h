// Keras' initial weights.
#pragma once

#include <cstdint>
#include <span>

#include "model/layout.h"
#include "model/model_options.h"

namespace cellsweep::model {

// Fills both buffers, laid out as `layout` says, as Keras' defaults do: kernels glorot_uniform (limit sqrt(6
// / (fan_in + fan_out)), fan_out over all gates together), recurrent kernels orthogonal (one QR of the whole
// matrix, signs fixed by R's diagonal), biases 0 but 1 for the forget gate of an lstm, gamma 1, beta 0,
// moving mean 0, moving variance 1. A pure function of its arguments on every platform.
void initialize_weights(const ModelOptions& options, const Layout& layout, std::uint64_t seed,
                        std::span<float> parameters, std::span<float> moving_statistics);

// The weights that a run begins with: those of the file options.initial_weights if there is one, else
// initialize_weights(). Throws UserError if the file does not fit the model.
void set_initial_weights(const ModelOptions& options, const Layout& layout, std::uint64_t seed,
                         std::span<float> parameters, std::span<float> moving_statistics);

}  // namespace cellsweep::model
