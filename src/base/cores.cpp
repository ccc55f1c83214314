#include "base/cores.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>

namespace cellsweep {

int available_cores() {
  return std::max(1, static_cast<int>(available_core_numbers().size()));
}

std::vector<int> available_core_numbers() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return {};
  std::vector<int> numbers;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &cores)) numbers.push_back(core);
  return numbers;
}

int host_cores() {
  return std::max(1, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace cellsweep
