// A pair of IDX files, images and labels, each plain or gzip-compressed.
#include "data/idx.h"
#include "input.h"

using namespace cellsweep;

namespace {

// A folder in which the two have MNIST's names.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "idx_fuzzer.XXXXXX";
    fuzz::require(mkdtemp(name.data()) != nullptr);
    path = name;
    std::filesystem::create_symlink(images.path(), path / "train-images-idx3-ubyte");
    std::filesystem::create_symlink(labels.path(), path / "train-labels-idx1-ubyte");
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::filesystem::path path;
  fuzz::MemoryFile images, labels;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  const auto [images, labels] = fuzz::two_files(fuzz::text_of(data, size));
  folder.images.write(images);
  folder.labels.write(labels);
  fuzz::reads([] {
    const data::Split split =
        data::load_idx(folder.path, "train", data::InputScale::automatic, data::Read::all);
    fuzz::require(split.set.samples > 0 && std::ssize(split.labels->numbers) == split.set.samples);
  });
  return 0;
}
