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
    data::Part part = data::load_npy({inputs.path(), labels.path()}, {}, data::Read::all);
    std::vector<std::string> notices;
    data::encode(*part.labels, data::find_classes(*part.labels, {}, notices), {}, part.set);
    const data::Dataset& set = part.set;
    fuzz::require(set.samples > 0 && std::ssize(set.labels) + std::ssize(set.targets) == set.samples);
  });
  return 0;
}
