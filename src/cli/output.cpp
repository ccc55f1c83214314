#include "cli/output.h"

#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace cellsweep::cli {

std::filesystem::path make_sweep_directory(const std::filesystem::path& parent, const std::string& name) {
  const auto fail = [](const std::filesystem::path& path, const std::string& why) {
    throw UserError(path.string() + ": cannot be written to: " + why + "; name another folder with --output");
  };
  std::error_code error;
  std::filesystem::create_directories(parent, error);
  if (error) fail(parent, error.message());
  for (int number = 1;; ++number) {
    const auto path = parent / (number == 1 ? name : name + "-" + std::to_string(number));
    if (std::filesystem::create_directory(path, error)) return path;
    if (error) fail(path, error.message());
  }
}

}  // namespace cellsweep::cli
