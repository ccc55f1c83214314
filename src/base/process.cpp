#include "base/process.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace cellsweep {
namespace {

// Seconds since 1970 at which the machine was started, or 0.
double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

}  // namespace

std::int64_t resident_memory_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  return file >> size >> resident ? resident * sysconf(_SC_PAGESIZE) : 0;
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// proc(5): the program's name, in brackets, may hold anything; the start is the 20th field after it, in clock
// ticks since the machine was started.
double start_time_seconds() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return 0;
  std::istringstream fields(line.substr(end_of_name + 1));
  std::string field;
  for (int i = 0; i < 20; ++i) fields >> field;
  const double boot = boot_time();
  if (!fields || boot == 0) return 0;
  return boot + std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::string host_name() {
  std::array<char, 256> bytes{};
  if (gethostname(bytes.data(), bytes.size() - 1) != 0) return "localhost";
  std::string name = bytes.data();
  constexpr std::string_view usual = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
  std::ranges::replace_if(name, [&](char c) { return usual.find(c) == std::string_view::npos; }, '_');
  return name;
}

}  // namespace cellsweep
