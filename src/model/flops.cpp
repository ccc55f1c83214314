#include "model/flops.h"

#include "model/layout.h"

namespace cellsweep::model {

double training_flops_per_sample(const ModelOptions& options, const DataShape& shape) {
  const double directions = options.bidirectional ? 2 : 1;
  const auto units = static_cast<double>(options.hidden_size), time = static_cast<double>(shape.time);
  const double columns = 2 * static_cast<double>(gate_count(options.cell)) * units;
  double sum = 0;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    const double inputs = layer == 0 ? static_cast<double>(shape.features) : directions * units;
    const double from_input = time * columns * inputs, from_state = (time - 1) * columns * units;
    // Forward, the weights' gradients, the states' gradients; in upper layers, the inputs' gradients.
    sum += directions * (2 * (from_input + from_state) + from_state + (layer > 0 ? from_input : 0));
  }
  return sum;
}

}  // namespace cellsweep::model
