// A pair of NumPy files, inputs and labels.
#include <string>
#include <vector>

#include "data/npy.h"
#include "input.h"

using namespace cellsweep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::MemoryFile inputs, labels;
  const auto [first, second] = fuzz::two_files(fuzz::text_of(data, size));
  inputs.write(first);
  labels.write(second);
  fuzz::reads([] {
    data::Split split = data::load_npy({inputs.path(), labels.path()}, {}, data::Read::all);
    std::vector<std::string> notices;
    data::encode(*split.labels, data::find_classes(*split.labels, {}, notices), {}, split.set);
    const data::Dataset& set = split.set;
    fuzz::require(set.samples > 0 && std::ssize(set.labels) + std::ssize(set.targets) == set.samples);
  });
  return 0;
}
