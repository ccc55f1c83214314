#pragma once

#include "model/model_options.h"

namespace cellsweep::model {

// Floating-point operations (a multiplication and an addition are two) of the matrix products of the
// recurrent layers, forward and backward, for one sample: those that cannot be left out, so neither products
// with the first, zero state nor the gradient of the model's inputs. All else is less than a twentieth of it
// at 64 units.
double training_flops_per_sample(const ModelOptions& options, const DataShape& shape);

}  // namespace cellsweep::model
