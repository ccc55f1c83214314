// What it costs that a bayes search of several groups depends on the order of its plan alone: how near it
// comes to the least value of two functions, and how long its groups wait, if runs differ in length.
// Prints a line a case; takes some minutes.
//
// usage: bayes_groups [SEARCHES]    how many searches each number comes from (default 30)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "sweep/bayes/bayes_search.h"
#include "unit/sweep/bayes/functions.h"

namespace cellsweep::sweep {
namespace {

struct Outcome {
  double regret;  // the least value that was found, less the least that there is
  double time;    // of the whole search; a run takes about 1
  double idle;    // share of the groups' time
};

// A search of `budget` points on groups of which each takes the next point when it is done. `lag`: a point is
// chosen from the results of all but the last so many points, and waits for them; 0: from those that have
// ended. The logarithm of a run's length is normal, with `spread` as its standard deviation.
Outcome search(const SweepOptions& options, const TestFunction& function, std::size_t groups, std::size_t lag,
               double spread) {
  const RandomSequence lengths(options.seed, RandomPurpose::sweep, 1000);
  std::vector<Observation> all;
  std::vector<double> ends, free(groups);
  double work = 0, least = INFINITY;
  while (all.size() < function.budget) {
    const std::size_t next = all.size();
    double& group = *std::ranges::min_element(free);
    double now = group;
    Point point;
    if (next < points_before_model(options)) {
      point = draw_point(options, next);
    } else {
      for (std::size_t i = 0; lag > 0 && i + lag <= next; ++i) now = std::max(now, ends[i]);
      std::vector<Observation> seen = all;
      for (std::size_t i = 0; i < next; ++i)
        if (lag > 0 ? i + lag > next : ends[i] > now)
          seen[i] = {.point = all[i].point, .value = {}, .is_pending = true};
      point = *propose(options, seen);
    }
    const double length = std::exp(spread * lengths.normal(next)), value = function.at(point);
    work += length;
    least = std::min(least, value);
    group = now + length;
    ends.push_back(group);
    all.push_back({.point = point, .value = value});
  }
  const double time = std::ranges::max(free);
  return {least - function.least, time, 1 - work / (time * static_cast<double>(groups))};
}

void measure(const TestFunction& function, int searches) {
  struct Variant {
    const char* name;
    std::size_t groups, lag;
  };
  SweepOptions options = function.options();
  for (const double spread : {0.25, 0.5, 1.0})
    for (const auto& [name, groups, lag] :
         {Variant{"one group", 1, 1}, Variant{"four, deterministic", 4, 4},
          Variant{"four, two points more in flight", 4, 6}, Variant{"four, whoever ends first", 4, 0}}) {
      std::vector<double> regrets;
      double time = 0, idle = 0;
      for (int i = 1; i <= searches; ++i) {
        options.seed = static_cast<std::uint64_t>(i);
        const Outcome found = search(options, function, groups, lag, spread);
        regrets.push_back(found.regret);
        time += found.time / searches;
        idle += found.idle / searches;
      }
      std::ranges::sort(regrets);
      std::printf("%-10s spread %.2f  %-32s median regret %.3f  time %5.1f  idle %4.1f %%\n", function.name,
                  spread, name, regrets[regrets.size() / 2], time, 100 * idle);
      std::fflush(stdout);
    }
}

}  // namespace
}  // namespace cellsweep::sweep

int main(int argc, char** argv) {
  const int searches = argc > 1 ? std::max(1, std::atoi(argv[1])) : 30;
  cellsweep::sweep::measure(cellsweep::sweep::branin(), searches);
  cellsweep::sweep::measure(cellsweep::sweep::hartmann6(), searches);
}
