// Files cut at every length and with every header byte changed: a UserError or success, never a crash (run it
// under ASan).
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "data/idx.h"
#include "data/npy.h"
#include "unit/data/data_files.h"

namespace cellsweep::data {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Cuts and changes the file, and loads each time. Anything thrown but a UserError fails the test.
void break_file(const std::string& path, const std::function<void()>& load) {
  const std::string whole = content(path);
  ASSERT_EQ(user_error(load), "") << "the whole file is right";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(path, whole.substr(0, length));
    EXPECT_NE(user_error(load), "") << path << " cut to " << length << " bytes";
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int value :
         {0x00, 0x01, 0x20, 0x28, 0x30, 0x39, 0x7f, 0x80, 0xff, whole[i] ^ 1, whole[i] ^ 0x40}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(value);
      write(path, changed);
      EXPECT_NO_THROW(user_error(load)) << path << " byte " << i << " is " << value;
    }
    std::string doubled = whole;
    doubled.insert(i, 1, whole[i]);
    write(path, doubled);
    EXPECT_NO_THROW(user_error(load)) << path << " byte " << i << " twice";
  }
  write(path, whole);
}

TEST(DataFuzz, Idx) {
  const TemporaryFolder folder;
  const std::string images = folder / "train-images-idx3-ubyte";
  const std::string labels = folder / "train-labels-idx1-ubyte";
  write(images, idx(0x803, {3, 2, 2}, "abcdefghijkl"));
  write(labels, idx(0x801, {3}, std::string("\0\1\2", 3)));
  const auto load = [&] { load_idx(folder.path(), "train", InputScale::automatic, Read::all); };
  break_file(images, load);
  break_file(labels, load);
  std::filesystem::remove(images);
  write_gz(images + ".gz", idx(0x803, {3, 2, 2}, "abcdefghijkl"));
  break_file(images + ".gz", load);
}

TEST(DataFuzz, Npy) {
  const TemporaryFolder folder;
  const NpyFiles files{folder / "x.npy", folder / "y.npy"};
  write(files.inputs, npy("<f8", "(2, 1, 2)", raw<double>({1, 2, 3, 4})));
  write(files.labels, npy("<i8", "(2,)", raw<std::int64_t>({1, 0}), 2));
  const auto load = [&] { load_npy(files, {}, Read::all); };
  break_file(files.inputs, load);
  break_file(files.labels, load);
}

}  // namespace
}  // namespace cellsweep::data
