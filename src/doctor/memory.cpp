#include "base/memory.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "base/error.h"
#include "comm/gather_texts.h"
#include "doctor/checks.h"
#include "engines/make_network.h"
#include "job/outlines.h"
#include "job/paths.h"
#include "job/plan_check.h"
#include "job/run_memory.h"
#include "sweep/plan.h"

namespace cellsweep::doctor {
namespace {

// The run of a file that needs the most on a host of so many ranks.
struct Largest {
  std::string run_id;
  config::Config config;
  job::RunMemory memory;
};

// The data of a run cannot be read.
class DataError : public UserError {
 public:
  using UserError::UserError;
};

// Throws DataError.
const data::Splits& outline_of(config::Config config, const std::string& file, job::Outlines& outlines) {
  config.model.initial_weights.clear();  // no data
  try {
    job::check_paths(config, file);
    return outlines.get(config.data);
  } catch (const UserError& error) {
    throw DataError(error.what());
  }
}

// Throws DataError, and UserError if the ranks cannot train the runs.
std::optional<Largest> largest_run(const config::Config& config, const std::string& file, int ranks,
                                   int host_ranks) {
  const sweep::SweepOptions options = config::sweep_of(config);
  const auto runs = sweep::plan_runs(options, config.train.seed);
  const std::size_t total = sweep::total_runs(options, runs.size());
  const int group = job::groups_of(config, ranks, total).sizes.front();
  const auto engine =
      engines::choose_engine(config.engine, config.parallel.reproducible, computes_on_gpu(config)).engine;
  const config::Config common = config::without_sweep(config);
  job::Outlines outlines;
  std::optional<Largest> largest;
  for (const sweep::PlannedRun& run : runs) {
    std::optional<config::Config> one;
    try {
      one = config::with_assignments(common, run.parameters);
    } catch (const UserError&) {
      continue;  // a combination that is not permitted costs its run
    }
    const job::RunMemory memory = job::memory_of_run(*one, outline_of(*one, file, outlines), group, engine);
    if (!largest || memory.of_host(host_ranks) > largest->memory.of_host(host_ranks))
      largest = {run.run_id, *one, memory};
  }
  return largest;
}

// What of it a host has, in bytes, and its words.
struct HostState {
  double limit = 0, available = 0;
};

}  // namespace

CheckResult check_host_memory(const JobTopology& topology, const config::Config& config,
                              const std::string& file) {
  HostState mine{host_memory_limit().bytes, available_memory()};
  std::vector<HostState> states(topology.world.size());
  topology.world.all_gather(std::as_bytes(std::span(&mine, 1)), std::as_writable_bytes(std::span(states)));
  const auto reasons = comm::gather_texts(topology.world, host_memory_limit().reason);
  if (topology.world.rank() != 0) return {};
  CheckResult result;
  for (std::size_t host = 0; host < topology.first_ranks.size(); ++host) {
    const int first = topology.first_ranks[host];
    result.found += fmt::format("{}{}: {}, {} free", host == 0 ? "" : "; ", topology.host_names[first],
                                reasons[first], memory_text(states[first].available));
  }
  if (file.empty()) return result;
  try {
    int most_ranks = 0;
    for (std::size_t host = 0; host < topology.first_ranks.size(); ++host)
      most_ranks = std::max(most_ranks, static_cast<int>(topology.ranks_of(host).size()));
    const auto largest = largest_run(config, file, topology.world.size(), most_ranks);
    if (!largest) return result;
    for (std::size_t host = 0; host < topology.first_ranks.size(); ++host) {
      const int host_ranks = static_cast<int>(topology.ranks_of(host).size());
      const HostState& state = states[topology.first_ranks[host]];
      const double needed = largest->memory.of_host(host_ranks);
      if (host == 0)
        result.found += fmt::format("; run {} needs {} for {} rank(s)", largest->run_id,
                                    memory_text(needed + host_ranks * largest->memory.program), host_ranks);
      if (needed <= state.available) continue;
      result.verdict = needed > state.limit ? Verdict::error : Verdict::warning;
      result.fix = job::needs_text(largest->memory, largest->config);
      if (result.verdict == Verdict::error) return result;
    }
  } catch (const DataError& error) {
    return {Verdict::error, result.found + "; what runs need is not known: " + error.what(),
            "data that this host can read"};
  } catch (const UserError&) {
    return {Verdict::warning, result.found + "; what runs need is not known, as they cannot begin",
            "what the check of runs says"};
  }
  return result;
}

}  // namespace cellsweep::doctor
