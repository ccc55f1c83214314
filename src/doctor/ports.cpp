#include <spdlog/fmt/fmt.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "comm/gather_texts.h"
#include "doctor/checks.h"
#include "metrics/prometheus/listen_address.h"
#include "sweep/groups.h"

namespace cellsweep::doctor {
namespace {

// Why this host's `address` and `port` cannot be listened on; empty if they can. Port 0: any.
std::string listen_problem(const std::string& address, std::int64_t port) {
  try {
    const metrics::ListenAddress found = metrics::find_listen_address(address);
    const std::string problem = metrics::family_problem(found);
    return problem.empty() ? metrics::listen_problem(found, port) : problem;
  } catch (const Error& error) {
    return error.what();
  }
}

// The first ranks of the groups that may train at once.
std::vector<int> leaders(const JobTopology& topology, const config::Config& config) {
  if (!config.sweep) return {0};
  const int ranks = topology.world.size();
  const auto groups = sweep::form_groups(config.parallel, ranks, ranks);
  std::vector<int> firsts;
  for (std::size_t group = 0; group < groups.sizes.size(); ++group)
    firsts.push_back(groups.leader_of(static_cast<int>(group)));
  return firsts;
}

}  // namespace

CheckResult check_ports(const JobTopology& topology, const config::Config& config) {
  const metrics::PrometheusOptions& options = config.metrics.prometheus;
  if (!options.enabled) return {Verdict::ok, "none: metrics.prometheus.enabled is false", ""};
  const std::vector<int> firsts = leaders(topology, config);
  std::string mine;
  for (std::size_t group = 0; group < firsts.size(); ++group) {
    if (firsts[group] != topology.world.rank()) continue;
    const std::int64_t port = options.port == 0 ? 0 : options.port + static_cast<std::int64_t>(group);
    const std::string problem = listen_problem(options.address, port);
    if (!problem.empty())
      mine = fmt::format("{}:{} on {} cannot be listened on: {}", options.address, port,
                         topology.host_names[topology.world.rank()], problem);
  }
  std::string problems;
  for (const std::string& problem : comm::gather_texts(topology.world, mine))
    if (!problem.empty()) problems += (problems.empty() ? "" : "; ") + problem;
  if (!problems.empty()) {
    // Rank 0 leads the first group.
    const bool is_of_address = options.port == 0 || !listen_problem(options.address, 0).empty();
    return {Verdict::warning, problems,
            std::string(is_of_address ? "another metrics.prometheus.address"
                                      : "another metrics.prometheus.port, or 0 for any free one") +
                "; as it is, the job trains without metrics"};
  }
  if (options.port == 0) return {Verdict::ok, "any free one: metrics.prometheus.port is 0", ""};
  const std::string further = firsts.size() > 1 ? fmt::format(" and {} after it", firsts.size() - 1) : "";
  return {Verdict::ok, fmt::format("{}:{}{}: free", options.address, options.port, further), ""};
}

}  // namespace cellsweep::doctor
