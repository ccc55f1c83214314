#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/memory.h"
#include "comm/gather_texts.h"
#include "comm/shared_memory_space.h"
#include "data/dataset.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {
namespace {

// Bytes of the data that the ranks of a host share; unset if they cannot be known.
std::optional<double> shared_bytes(const config::Config& config) {
  if (!config.data.shared) return std::nullopt;
  try {
    const data::Splits splits = data::outline_splits(config.data);
    return data::memory_of(splits.train) + data::memory_of(splits.validation);
  } catch (const UserError&) {
    return std::nullopt;  // reported by the check of the host's memory
  }
}

// A word for the verdict, and what was found.
std::string look_at_host(const JobTopology& topology, const config::Config& config) {
  const std::size_t ranks = topology.ranks_of(topology.host_of[topology.world.rank()]).size();
  const auto space = comm::shared_memory_space();
  const std::uint64_t available = space ? space->available : 0, sums = comm::shared_memory_spare * ranks;
  std::string found = comm::shared_memory_text(space, topology.host_names[topology.world.rank()]);
  if (space && available < comm::least_for_mpi) return "error " + found;
  if (ranks == 1) return "ok " + found;
  found += fmt::format(", of which the sums of {} ranks want {} MB", ranks, sums / 1'000'000 + 1);
  if (available < sums) return "warning " + found;
  if (!config.data.shared || space->size == UINT64_MAX) return "ok " + found;
  found += fmt::format(", so data of up to {} MB are shared", (available - sums) / 1'000'000);
  const auto needed = shared_bytes(config);
  if (!needed || *needed <= static_cast<double>(available - sums)) return "ok " + found;
  return "warning " + found + fmt::format(", but the data are {}", memory_text(*needed));
}

}  // namespace

CheckResult check_shared_memory(const JobTopology& topology, const config::Config& config) {
  if (topology.world.size() == 1) return {Verdict::ok, "one rank shares none", ""};
  std::string found;
  Verdict verdict = Verdict::ok;
  for (const std::string& text :
       comm::gather_texts(topology.world, topology.leads_host() ? look_at_host(topology, config) : "")) {
    if (text.empty()) continue;
    const std::size_t space = text.find(' ');
    verdict = std::max(verdict, *from_name<Verdict>(text.substr(0, space)));
    found += (found.empty() ? "" : "; ") + text.substr(space + 1);
  }
  if (verdict == Verdict::ok) return {verdict, found, ""};
  const std::string remedy = comm::shared_memory_remedy;
  if (verdict == Verdict::error) return {verdict, found, remedy + ": as it is, Open MPI may wait for ever"};
  return {verdict, found, remedy + ": as it is, each rank has a copy of the data, and sums may go over MPI"};
}

}  // namespace cellsweep::doctor
