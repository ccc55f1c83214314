#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "base/stopwatch.h"
#include "doctor/checks.h"

namespace cellsweep::doctor {
namespace {

constexpr std::size_t sizes[] = {8, 1 << 10, 32 << 10, 1 << 20, 16 << 20};  // bytes
constexpr std::size_t largest = 16 << 20;
constexpr double longest_latency = 1e-3;  // seconds, of eight bytes on one host
// An all-reduce copies each byte a few times; a hundred times is a sign that ranks wait for a core.
constexpr double least_share_of_copy = 0.01;
constexpr int rounds = 9;

// The median over the rounds, in seconds; one more goes before them.
template <class Work>
double median_time(Work work) {
  std::vector<double> times;
  work();
  for (int round = 0; round < rounds; ++round) {
    const Stopwatch clock;
    work();
    times.push_back(clock.seconds());
  }
  std::ranges::sort(times);
  return times[rounds / 2];
}

std::string with_unit(std::size_t bytes) {
  if (bytes >= 1 << 20) return fmt::format("{} MiB", bytes >> 20);
  return bytes >= 1 << 10 ? fmt::format("{} KiB", bytes >> 10) : fmt::format("{} B", bytes);
}

}  // namespace

CheckResult check_all_reduce(const JobTopology& topology) {
  if (topology.world.size() == 1) return {Verdict::ok, "one rank has nothing to sum", ""};
  std::vector<float> values(largest / sizeof(float)), other(values.size());
  const double copy_rate = largest / median_time([&] { std::memcpy(other.data(), values.data(), largest); });
  std::string found;
  double latency = 0, rate = 0;
  for (const std::size_t bytes : sizes) {
    const double seconds =
        median_time([&] { topology.world.all_reduce(std::span(values).first(bytes / sizeof(float))); });
    if (bytes == sizes[0]) latency = seconds;
    rate = static_cast<double>(bytes) / seconds;
    found += fmt::format("{} {:.1f} us, ", with_unit(bytes), 1e6 * seconds);
  }
  found += fmt::format("at last {:.2f} GB/s, where a copy in memory has {:.2f}", rate / 1e9, copy_rate / 1e9);
  const bool is_slow = latency > longest_latency || rate < least_share_of_copy * copy_rate;
  if (!topology.has_one_host() || !is_slow) return {Verdict::ok, found, ""};
  return {
      Verdict::warning, found,
      fmt::format("8 B in less than {:.0f} ms, and 1 % of a copy's speed: give each rank a core of its own "
                  "(--bind-to core), and look for other jobs on the host",
                  1e3 * longest_latency)};
}

}  // namespace cellsweep::doctor
