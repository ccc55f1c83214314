#include "metrics/prometheus/discovery.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <regex>
#include <system_error>

#include "base/error.h"
#include "base/file.h"
#include "base/process.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

// One that ended and was not yet waited for has no program any more; another user's is not to be read.
bool is_alive(const std::string& process) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/" + process + "/exe", error);
  return !program.empty() || error == std::errc::permission_denied;
}

// A process that was killed could not remove its file, and Prometheus would try it for ever.
void remove_orphans(const fs::path& directory, const std::string& host) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    std::smatch parts;
    if (!std::regex_match(name, parts, std::regex(R"(cellsweep_.*@(.*)_(\d{1,9})\.json)"))) continue;
    if (parts[1] == host && !is_alive(parts[2])) fs::remove(entry, error);
  }
}

}  // namespace

DiscoveryFile::DiscoveryFile(const fs::path& directory, const std::string& instance,
                             const std::string& target) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) throw Error(directory.string() + ": cannot be made: " + error.message());
  const std::string host = host_name();
  remove_orphans(directory, host);
  path_ = directory / ("cellsweep_" + instance + "@" + host + "_" + std::to_string(getpid()) + ".json");
  const nlohmann::ordered_json group = {{"targets", {target}}, {"labels", {{"instance", instance}}}};
  write_file(path_, nlohmann::ordered_json::array({group}).dump(2) + "\n");
}

DiscoveryFile::~DiscoveryFile() {
  std::error_code error;
  fs::remove(path_, error);
}

}  // namespace cellsweep::metrics
