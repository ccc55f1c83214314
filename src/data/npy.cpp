#include "data/npy.h"

#include <string>

#include "data/npy_header.h"
#include "data/npy_labels.h"
#include "data/npy_types.h"
#include "data/read_inputs.h"

namespace cellsweep::data {
namespace {

void read_inputs_of(const std::string& path, const DataOptions& options, Read read, Split& split) {
  InputFile file(path);
  const auto [type, shape, header] = read_npy_header(file);
  if (type != "<f4" && type != "<f8" && type != "|u1")
    file.fail(header, "the inputs are of type " + printable(type) +
                          "; they must be float32 '<f4', float64 '<f8' or uint8 '|u1', such as "
                          "array.astype('float32')");
  if (shape.size() != 3)
    file.fail(header, "the inputs have " + std::to_string(shape.size()) +
                          " dimensions; they must have 3: (samples, time, features)");
  const std::size_t item = type == "|u1" ? 1 : type == "<f4" ? sizeof(float) : sizeof(double);
  const auto count = file.expect_array(shape, item, header);
  split.set.samples = shape[0];
  split.set.time = shape[1];
  split.set.features = shape[2];
  if (type == "|u1")
    read_inputs<std::uint8_t>(file, count, options.input_scale, read, split);
  else if (type == "<f4")
    read_inputs<float>(file, count, options.input_scale, read, split);
  else
    read_inputs<double>(file, count, options.input_scale, read, split);
}

}  // namespace

Split load_npy(const NpyFiles& files, const DataOptions& options, Read read) {
  Split split;
  read_inputs_of(files.inputs, options, read, split);
  split.labels = read_npy_labels(files.labels, split.set.samples);
  return split;
}

}  // namespace cellsweep::data
