// A file by which Prometheus finds this process (file_sd_configs), whatever port it serves on.
#pragma once

#include <filesystem>
#include <string>

namespace cellsweep::metrics {

// The file is there, whole, while this lives. Its owner holds a lock on it (flock), which the system takes
// away when the owner ends, however it does. So files of this host's name whose lock is free are left over,
// and are removed; process numbers say nothing, as containers have their own.
class DiscoveryFile {
 public:
  // Writes directory/cellsweep_INSTANCE@HOST_PROCESS-NUMBER.json, whose number is random, and makes
  // the directory. `target` is host:port; `instance` is the label that stays the same when the port changes.
  // Throws Error.
  DiscoveryFile(const std::filesystem::path& directory, const std::string& instance,
                const std::string& target);
  ~DiscoveryFile();
  DiscoveryFile(const DiscoveryFile&) = delete;
  DiscoveryFile& operator=(const DiscoveryFile&) = delete;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;  // has the lock
};

}  // namespace cellsweep::metrics
