// Weights files, for a model as small as one with every kind of weight can be.
#include <vector>

#include "input.h"
#include "model/weights_file.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const model::Layout layout =
      model::make_layout({.cell = model::Cell::gru, .hidden_size = 1}, {.features = 1, .outputs = 2});
  static const fuzz::MemoryFile file;
  file.write(fuzz::text_of(data, size));
  std::vector<float> parameters(static_cast<std::size_t>(layout.trainable_size));
  std::vector<float> moving(static_cast<std::size_t>(layout.moving_size));
  fuzz::reads([&] { model::read_weights(file.path(), layout, parameters, moving); });
  return 0;
}
