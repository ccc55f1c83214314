#include "base/relative_path.h"

#include <system_error>

namespace cellsweep {

std::string working_directory_note(const std::filesystem::path& path) {
  if (path.is_absolute()) return "";
  std::error_code error;
  const auto directory = std::filesystem::current_path(error);
  return "; paths are relative to the working directory" + (error ? "" : " " + directory.string());
}

}  // namespace cellsweep
