#include "metrics/prometheus/password.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "base/file.h"

namespace cellsweep::metrics {

std::string read_password(const BasicAuthOptions& options, const std::string& section) {
  if (options.username.empty()) return "";
  constexpr std::uint64_t longest = 4096;
  const std::string text = read_file(options.password_file, longest);
  const std::string password = text.substr(0, text.find_first_of("\r\n"));
  if (password.empty())
    throw UserError(options.password_file + ": its first line must be the password (" + section +
                    ".password_file)");
  namespace fs = std::filesystem;
  std::error_code error;
  if ((fs::status(options.password_file, error).permissions() & fs::perms::others_read) != fs::perms::none)
    spdlog::warn("{}: every user of this host may read the password; chmod o-r takes that away",
                 options.password_file);
  return password;
}

}  // namespace cellsweep::metrics
