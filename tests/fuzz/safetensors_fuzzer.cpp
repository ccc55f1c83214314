// Safetensors files. One that is accepted must be written so that it is read as the same again; then it is
// taken for the weights of a model as small as one with every kind of weight can be.
#include <algorithm>
#include <vector>

#include "input.h"
#include "model/weights_file.h"

using namespace cellsweep;

namespace {

bool are_equal(const model::Safetensors& a, const model::Safetensors& b) {
  return a.metadata == b.metadata &&
         std::ranges::equal(a.tensors, b.tensors, [](const auto& one, const auto& other) {
           return one.first == other.first && one.second.type == other.second.type &&
                  one.second.shape == other.second.shape &&
                  std::ranges::equal(one.second.bytes, other.second.bytes);
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const model::Layout layout =
      model::make_layout({.cell = model::Cell::gru, .hidden_size = 1}, {.features = 1, .outputs = 2});
  fuzz::reads([&] {
    const model::Safetensors file = model::parse_safetensors("input", fuzz::text_of(data, size));
    const std::vector<std::pair<std::string, model::Tensor>> tensors(file.tensors.begin(),
                                                                     file.tensors.end());
    const std::string written = model::to_safetensors(file.metadata, tensors);
    fuzz::require(are_equal(file, model::parse_safetensors("to_safetensors", written)));
    std::vector<float> parameters(layout.trainable_size);
    std::vector<float> moving_statistics(layout.moving_statistics_size);
    model::read_weights("input", file, layout, parameters, moving_statistics);
  });
  return 0;
}
