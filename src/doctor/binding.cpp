#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <vector>

#include "base/core_quota.h"
#include "base/cores.h"
#include "base/parse_number.h"
#include "comm/gather_texts.h"
#include "doctor/checks.h"
#include "job/idle_cores.h"

namespace cellsweep::doctor {
namespace {

using Cores = std::vector<int>;  // ascending

Cores to_cores(const std::string& text) {
  Cores cores;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int core = 0; at < end; ++at) {  // past the comma
    at = std::from_chars(at, end, core).ptr;
    cores.push_back(core);
  }
  return cores;
}

// Ranks that may run on nothing but `cores` and are more than these; empty if they have room.
std::vector<int> crowded(const std::vector<int>& ranks, const std::vector<Cores>& of_rank,
                         const Cores& cores) {
  std::vector<int> inside;
  for (const int rank : ranks)
    if (std::ranges::includes(cores, of_rank[rank])) inside.push_back(rank);
  return inside.size() > cores.size() ? inside : std::vector<int>();
}

// A host whose control groups leave its ranks less time than a core each; empty if all have it.
std::string short_of_time(const JobTopology& topology) {
  const auto quotas = comm::gather_texts(topology.world, fmt::format("{}", core_quota()));
  for (std::size_t host = 0; host < topology.first_ranks.size(); ++host) {
    const auto ranks = topology.ranks_of(host);
    const double quota = parse_number<double>(quotas[ranks[0]]).value();
    if (static_cast<double>(ranks.size()) > quota)
      return fmt::format("{} ranks on {}, where a control group leaves them the time of {:g} core(s)",
                         ranks.size(), topology.host_names[ranks[0]], quota);
  }
  return "";
}

bool computes_on_gpus(const JobTopology& topology, const comm::ParallelOptions& options) {
  return topology.most_visible_devices() > 0 && options.device != comm::Device::cpu;
}

}  // namespace

// Ranks have a core each if no set of cores is all that more ranks than its size may run on: it is enough to
// try what launchers make, the set of each rank and that of the host's ranks together.
CheckResult check_binding(const JobTopology& topology, const comm::ParallelOptions& options) {
  std::vector<Cores> of_rank;
  for (const std::string& text :
       comm::gather_texts(topology.world, fmt::format("{}", fmt::join(available_core_numbers(), ","))))
    of_rank.push_back(to_cores(text));
  const auto host_sizes = comm::gather_texts(topology.world, std::to_string(host_cores()));
  std::string found;
  for (std::size_t host = 0; host < topology.first_ranks.size(); ++host) {
    const std::vector<int> ranks = topology.ranks_of(host);
    const std::string& name = topology.host_names[ranks[0]];
    std::set<int> all;
    std::set<Cores> tried;
    for (const int rank : ranks) {
      all.insert(of_rank[rank].begin(), of_rank[rank].end());
      tried.insert(of_rank[rank]);
    }
    tried.insert(Cores(all.begin(), all.end()));
    for (const Cores& cores : tried) {
      const auto inside = crowded(ranks, of_rank, cores);
      if (inside.empty()) continue;
      const bool is_room = parse_number<std::size_t>(host_sizes[ranks[0]]).value() >= ranks.size();
      return {
          Verdict::warning,
          fmt::format("{} ranks on {} core(s) of {}: ranks {} share core(s) {}", inside.size(), cores.size(),
                      name, fmt::join(inside, ", "), fmt::join(cores, ", ")),
          is_room
              ? "the host has cores enough: mpirun --bind-to core, srun --cpu-bind=cores"
              : "no more ranks than cores; else OMPI_MCA_mpi_yield_when_idle=1 lets waiting ranks give way"};
    }
    const bool is_bound = tried.size() > 1 || ranks.size() == 1;
    found += fmt::format("{}{}: {} rank(s) on {} core(s){}", found.empty() ? "" : ", ", name, ranks.size(),
                         all.size(), is_bound ? "" : ", not bound");
  }
  if (const std::string text = short_of_time(topology); !text.empty())
    return {Verdict::warning, text,
            "no more ranks than that, or a larger limit (docker run --cpus, Kubernetes' limits)"};
  if (computes_on_gpus(topology, options)) return {Verdict::ok, found, ""};
  if (const std::string text = job::idle_cores(topology.world, options.threads); !text.empty())
    return {Verdict::warning, text, "a thread that computes for each core"};
  return {Verdict::ok, found, ""};
}

}  // namespace cellsweep::doctor
