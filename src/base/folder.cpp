#include "base/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <system_error>
#include <vector>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/file.h"

namespace cellsweep {

namespace fs = std::filesystem;

void make_folders(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> made;
  // A last slash is an empty name in the folder itself.
  for (fs::path path = folder.has_filename() ? folder : folder.parent_path();
       !path.empty() && !fs::exists(path, error); path = path.parent_path())
    made.push_back(path);
  fs::create_directories(folder, error);
  if (error) throw UserError(folder.string() + ": cannot be made: " + error.message());
  for (const fs::path& path : made) sync_folder_of(path);
}

void sync_folder_of(const fs::path& path) {
  const auto parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const Descriptor folder(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) ::fsync(folder.get());
}

bool is_own_folder(const fs::path& path) {
  std::error_code none;
  return fs::symlink_status(path, none).type() == fs::file_type::directory;
}

bool is_own_file(const fs::path& path) {
  std::error_code none;
  return fs::symlink_status(path, none).type() == fs::file_type::regular;
}

void remove_temporaries(const fs::path& folder, const std::function<bool(std::string_view)>& is_ours) {
  if (!is_own_folder(folder)) return;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename().string();
    const std::size_t mark = name.rfind(temporary_mark);
    if (mark == std::string::npos) continue;
    const std::string_view letters = std::string_view(name).substr(mark + temporary_mark.size());
    const bool is_temporary = letters.size() == temporary_letters && std::ranges::all_of(letters, [](char c) {
                                return std::isalnum(static_cast<unsigned char>(c)) != 0;
                              });
    if (is_temporary && is_ours(std::string_view(name).substr(0, mark)) && is_own_file(entry.path()))
      fs::remove(entry.path(), none);
  }
}

}  // namespace cellsweep
