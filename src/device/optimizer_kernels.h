// The update rules of train::Optimizer, on a device.
#pragma once

#include <cstdint>

#include "device/stream.h"
#include "train/train_options.h"

namespace cellsweep::device {

// What an update needs to know of its place in the run; made on the host, a batch of the epoch after the
// other, and read on the device.
struct Rate {
  float learning_rate = 0;
  float adam_step = 0;  // the learning rate with adam's corrections for moments that began at 0
};

// Memory of `size` values each; `first` and `second` are moments, null if the rule has none.
struct UpdateMemory {
  std::int64_t size = 0;
  float* parameters = nullptr;
  float* gradients = nullptr;
  float* first = nullptr;
  float* second = nullptr;
};

// Updates the parameters at the rate rates[*batch], and sets the gradients, which are those of the mean loss,
// to zero.
void update(const Stream& stream, const train::OptimizerOptions& options, const Rate* rates,
            const std::int64_t* batch, const UpdateMemory& memory);

}  // namespace cellsweep::device
