// How much memory a process can get, so that what is too large is refused before it is allocated.
// Thread-safe.
#pragma once

#include <filesystem>
#include <string>

namespace cellsweep {

struct MemoryLimit {
  double bytes = 0;    // infinity if the system sets none
  std::string reason;  // who sets it, to follow "but": "this host has 24.7 GB of memory"
};

// What all processes of this host can have together: its memory and swap, or less if a control group
// (version 1 or 2) of this process or one above it has a limit. `root` holds proc and sys.
MemoryLimit host_memory_limit(const std::filesystem::path& root = "/");
// What the resource limits (ulimit -v, -d) leave to this process alone.
MemoryLimit process_memory_limit();
struct MemoryLimits {
  MemoryLimit host, process;
};
// Both, for those who ask often: each reads files of the system.
MemoryLimits memory_limits();

// What the host could give now without swapping; infinity if the system does not say.
double available_memory(const std::filesystem::path& root = "/");

// "24.7 GB", "310 MB", "1.2 TB".
std::string memory_text(double bytes);

// Throws UserError "<what> 120.0 GB, but this host has 24.7 GB of memory; <remedy>" if so many bytes are
// more than the host, or this process, can have. `what` ends with a verb, such as "the labels need".
void require_memory(double bytes, const std::string& what, const std::string& remedy);

}  // namespace cellsweep
