#include "engines/torch_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/version.h"

namespace cellsweep::engines {
namespace {

constexpr const char* file_name = "libcellsweep_torch.so";

// Where it belongs, to end a message.
std::string remedy() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string folder = error ? "the program's folder" : program.parent_path().string();
  return "; it belongs in " + folder + " or " + folder +
         "/../lib/cellsweep, where ./launch/build --install PREFIX puts it with the libraries that it loads; "
         "parallel.engine: fused on CPUs needs neither";
}

// The file that `address` was loaded from.
std::string file_of(const void* address) {
  Dl_info info{};
  return dladdr(address, &info) != 0 && info.dli_fname != nullptr ? info.dli_fname : file_name;
}

}  // namespace

const TorchLibrary& load_torch_library() {
  // All of its symbols at once: one that this program has not must not end a run later.
  void* const library = dlopen(file_name, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw UserError(std::string("LibTorch's part of cellsweep could not be loaded: ") + dlerror() + remedy());
  void* const entry = dlsym(library, torch_library_entry);
  if (entry == nullptr)
    throw UserError(std::string("this is not LibTorch's part of cellsweep: ") + dlerror() + remedy());
  const TorchLibrary& found = *reinterpret_cast<const TorchLibrary* (*)()>(entry)();
  if (std::string(found.version) != version)
    throw UserError(file_of(entry) + " is of cellsweep " + found.version + ", and this program is " +
                    version + ": install both from one build");
  return found;
}

}  // namespace cellsweep::engines
