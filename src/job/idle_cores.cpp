#include "job/idle_cores.h"

#include <sched.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/core_quota.h"
#include "base/cores.h"
#include "base/process.h"
#include "comm/gather_texts.h"

namespace cellsweep::job {
namespace {

// The cores that the launcher had for its ranks here. mpirun binds each rank to a part of what it may use
// itself, and is the parent of its ranks; slurmstepd is that, too, but may use all of the host.
cpu_set_t allotted() {
  cpu_set_t all;
  CPU_ZERO(&all);
  const bool of_mpirun = std::getenv("OMPI_COMM_WORLD_LOCAL_SIZE") != nullptr;
  for (const pid_t process : {pid_t{0}, of_mpirun ? getppid() : pid_t{0}}) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (sched_getaffinity(process, sizeof cores, &cores) == 0) CPU_OR(&all, &all, &cores);
  }
  return all;
}

struct RankCores {
  cpu_set_t allotted;
  int busy;
};

}  // namespace

std::string idle_text(const HostCores& host) {
  const int idle = host.cores - host.busy;
  if (idle <= 0) return "";
  std::string text = fmt::format("{} of {} cores of {} {} idle: start {} ranks there", idle, host.cores,
                                 host.name, idle == 1 ? "is" : "are", host.cores);
  const int threads = host.cores / host.ranks;
  if (threads * host.ranks > host.busy) text += fmt::format(", or set parallel.threads: {}", threads);
  return text;
}

std::string idle_cores(comm::Communicator& world, int threads) {
  const auto host = world.split_by_host();
  const RankCores mine{allotted(), std::min(threads, available_cores())};
  std::vector<RankCores> of_ranks(host->size());
  host->all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(of_ranks)));
  cpu_set_t all;
  CPU_ZERO(&all);
  int busy = 0;
  for (const RankCores& rank : of_ranks) {
    CPU_OR(&all, &all, &rank.allotted);
    busy += rank.busy;
  }
  std::vector<int> numbers;
  for (int core = 0; core < CPU_SETSIZE; ++core)
    if (CPU_ISSET(core, &all)) numbers.push_back(core);
  const double quota = std::max(1.0, core_quota());
  const HostCores here{.name = host_name(),
                       .ranks = host->size(),
                       .cores = static_cast<int>(std::min<double>(physical_cores(numbers), quota)),
                       .busy = busy};
  std::string text;
  for (const std::string& of_host : comm::gather_texts(world, host->rank() == 0 ? idle_text(here) : ""))
    if (!of_host.empty()) text += (text.empty() ? "" : "; ") + of_host;
  return text;
}

}  // namespace cellsweep::job
