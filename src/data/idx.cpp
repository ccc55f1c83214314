#include "data/idx.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/relative_path.h"
#include "data/input_file.h"
#include "data/read_array.h"
#include "data/read_inputs.h"

namespace cellsweep::data {
namespace {

const char* const how_to_get = "; ./launch/fetch-mnist gets MNIST's four files";

std::filesystem::path find(const std::filesystem::path& directory, const std::string& name) {
  std::error_code error;
  if (!std::filesystem::is_directory(directory, error))
    throw UserError(directory.string() + ": there is no such directory" + working_directory_note(directory) +
                    how_to_get);
  for (const auto& candidate : {directory / name, directory / (name + ".gz")})
    if (std::filesystem::exists(candidate, error)) return candidate;
  throw UserError(directory.string() + ": holds neither " + name + " nor " + name + ".gz" + how_to_get);
}

std::uint32_t read_big_endian(InputFile& file) {
  std::array<std::byte, 4> bytes{};
  file.read(bytes);
  std::uint32_t value = 0;
  for (const auto byte : bytes) value = (value << 8) | std::to_integer<std::uint32_t>(byte);
  return value;
}

// Reads the magic number (two zero bytes, the type 8 for unsigned bytes, the number of dimensions) and the
// dimensions.
template <std::size_t dimensions>
std::array<std::int64_t, dimensions> read_header(InputFile& file) {
  const std::uint32_t expected = 0x0800u + dimensions;
  const std::uint32_t magic = read_big_endian(file);
  if (magic != expected)
    file.fail(0, "the magic number is " + std::to_string(magic) + ", but an idx" +
                     std::to_string(dimensions) + "-ubyte file begins with " + std::to_string(expected));
  std::array<std::int64_t, dimensions> shape{};
  for (auto& dimension : shape) dimension = read_big_endian(file);
  return shape;
}

}  // namespace

Split load_idx(const std::filesystem::path& directory, std::string_view prefix, InputScale scale, Read read) {
  const auto images_path = find(directory, std::string(prefix) + "-images-idx3-ubyte");
  const auto labels_path = find(directory, std::string(prefix) + "-labels-idx1-ubyte");
  Split split;

  InputFile images(images_path);
  const auto shape = read_header<3>(images);
  const auto pixels = images.expect_array(shape, 1, 4);
  if (read == Read::all) require_room(images, pixels, 1);
  split.set.samples = shape[0];
  split.set.time = shape[1];
  split.set.features = shape[2];

  InputFile file(labels_path);
  const auto count = read_header<1>(file);
  if (count[0] != split.set.samples)
    file.fail(4, "there are " + std::to_string(count[0]) + " labels, but " + images_path.string() +
                     " holds " + std::to_string(split.set.samples) + " images; the numbers must be equal");
  const auto size = file.expect_array(count, 1, 4);
  Labels& labels = split.labels.emplace();
  labels.file = labels_path.string();
  labels.start = file.offset();
  labels.numbers = read_array<std::int64_t, std::uint8_t>(
      file, size, [](std::uint8_t value, std::uint64_t) { return std::int64_t{value}; });
  file.expect_end();

  read_inputs<std::uint8_t>(images, pixels, scale, read, split);
  return split;
}

}  // namespace cellsweep::data
