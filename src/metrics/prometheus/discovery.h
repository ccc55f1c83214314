// A file by which Prometheus finds this process (file_sd_configs), whatever port it serves on.
#pragma once

#include <filesystem>
#include <string>

namespace cellsweep::metrics {

// The file is there, whole, while this lives. What processes of this host left that were killed is removed.
class DiscoveryFile {
 public:
  // Writes directory/INSTANCE-HOST-PID.json, and makes the directory. `target` is host:port; `instance` is
  // the label that stays the same when the port changes. Throws Error.
  DiscoveryFile(const std::filesystem::path& directory, const std::string& instance,
                const std::string& target);
  ~DiscoveryFile();
  DiscoveryFile(const DiscoveryFile&) = delete;
  DiscoveryFile& operator=(const DiscoveryFile&) = delete;

 private:
  std::filesystem::path path_;
};

}  // namespace cellsweep::metrics
