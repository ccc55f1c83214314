// A pair of NumPy files, inputs and labels.
#include "data/npy.h"
#include "input.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::MemoryFile inputs, labels;
  const auto [first, second] = fuzz::two_files(fuzz::text_of(data, size));
  inputs.write(first);
  labels.write(second);
  fuzz::reads([] {
    const data::Dataset set = data::load_npy({inputs.path(), labels.path()}, 0);
    fuzz::require(set.samples > 0 && std::ssize(set.labels) + std::ssize(set.targets) == set.samples);
  });
  return 0;
}
