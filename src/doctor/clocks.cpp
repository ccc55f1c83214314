#include <spdlog/fmt/fmt.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {
namespace {

constexpr double largest_skew = 1;  // seconds
constexpr int rounds = 20;
constexpr double resolution = 1e-6;  // seconds; of what unix_seconds() gives, and of what is shown

}  // namespace

// All ranks read their clocks after rank 0 came to the barrier and before it has what they read. So its own
// readings before and after bound the true time of theirs, and half of what lies between is the uncertainty.
CheckResult check_clocks(const JobTopology& topology) {
  if (topology.has_one_host()) return {Verdict::ok, "one host, one clock", ""};
  double uncertainty = std::numeric_limits<double>::infinity();
  double worst = 0;
  int worst_rank = 0;
  std::vector<double> readings(topology.world.size());
  for (int round = 0; round < rounds; ++round) {
    const double before = unix_seconds();
    topology.world.barrier();
    const double mine = unix_seconds();
    topology.world.all_gather(std::as_bytes(std::span(&mine, 1)),
                              std::as_writable_bytes(std::span(readings)));
    const double after = unix_seconds();
    if ((after - before) / 2 > uncertainty) continue;
    uncertainty = (after - before) / 2;
    worst = 0;
    for (const int rank : topology.first_ranks) {
      const double skew = readings[rank] - (before + after) / 2;
      if (rank == 0 || std::abs(skew) < std::abs(worst)) continue;
      worst = skew;
      worst_rank = rank;
    }
  }
  std::string found = fmt::format("at most {:.6f} s ± {:.6f} s from {}'s, on {}", std::abs(worst),
                                  uncertainty, topology.host_names[0], topology.host_names[worst_rank]);
  if (std::abs(worst) > uncertainty + resolution)
    found += worst > 0 ? ", which is ahead" : ", which is behind";
  if (std::abs(worst) <= largest_skew) return {Verdict::ok, found, ""};
  return {Verdict::warning, found,
          "set the hosts' clocks by NTP: metrics of different hosts would not fit together"};
}

}  // namespace cellsweep::doctor
