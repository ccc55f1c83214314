#include "sweep/run_folder.h"

#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "base/file_names.h"
#include "base/folder.h"
#include "base/text.h"

namespace cellsweep::sweep {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_run_id = 100;

[[noreturn]] void refuse(const fs::path& folder, const std::string& what) {
  throw UserError(folder.string() + ": " + what +
                  ", where the folder of a run should be; it was left as it is, so move it elsewhere");
}

}  // namespace

void check_run_id(std::string_view run_id) {
  if (!run_id.empty() && run_id.size() <= longest_run_id && run_id.front() != '.' &&
      run_id.find_first_not_of(run_id_characters) == std::string_view::npos)
    return;
  throw Error("run_id " + shown(run_id) + " names no folder of a run: it must be 1 to " +
              std::to_string(longest_run_id) +
              " of A-Z, a-z, 0-9, '.', '_' and '-', the first of them no dot");
}

void check_no_link(const fs::path& folder) {
  std::error_code none;
  const fs::file_type type = fs::symlink_status(folder, none).type();
  if (type == fs::file_type::symlink) refuse(folder, "is a symbolic link");
  if (type != fs::file_type::directory && type != fs::file_type::not_found) refuse(folder, "is no folder");
}

void check_run_folder(const fs::path& folder) {
  check_no_link(folder);
  std::error_code none;
  if (is_own_folder(folder) && !is_own_file(folder / file_names::run_config) && !fs::is_empty(folder, none))
    refuse(folder,
           "is a folder with no " + std::string(file_names::run_config) + ", but with other files in it");
}

void begin_run_folder(const fs::path& folder) {
  remove_temporary_run_files(folder);
  check_run_folder(folder);
  make_folders(folder);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder))
    if (file_names::is_run_result(entry.path().filename().string()) && !is_own_folder(entry.path()))
      old.push_back(entry.path());
  for (const fs::path& path : old) fs::remove(path);
}

void remove_temporary_run_files(const fs::path& folder) {
  remove_temporaries(folder, file_names::is_run_file);
}

bool has_trained_run(const fs::path& folder) {
  return is_own_folder(folder) && is_own_file(folder / file_names::weights);
}

}  // namespace cellsweep::sweep
