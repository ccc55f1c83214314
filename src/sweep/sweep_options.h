// W&B's sweep schema (https://docs.wandb.ai/guides/sweeps), and what cellsweep adds to it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/enum_names.h"
#include "base/goal.h"
#include "sweep/parameter.h"

namespace cellsweep::sweep {

using cellsweep::Goal;

enum class Method { grid, random, bayes };
enum class EarlyTermination { none, hyperband };
enum class Impute { worst, best, latest };

// By which metric runs are ranked.
struct MetricOptions {
  std::string name = "val_accuracy";
  Goal goal = Goal::maximize;
  std::optional<double> target = {};  // once a run reaches it, no further run begins
  Impute impute = Impute::worst;      // bayes: what a run counts as that failed or diverged
  // Whether a person chose the name and the goal; else they follow from the loss, and the goal from the name.
  bool is_name_given = false, is_goal_given = false;
};

// Bands are min_iter * eta^k, or max_iter / eta^1, …, max_iter / eta^s, in epochs.
struct EarlyTerminateOptions {
  EarlyTermination type = EarlyTermination::none;
  std::optional<std::int64_t> min_iter = {};
  std::optional<std::int64_t> max_iter = {};
  std::optional<std::int64_t> s = {};
  double eta = 3;
  bool strict = false;  // compares a run's value at the band, not its best one so far
};

// Values that another parameter must have: its key → values.
using Condition = std::map<std::string, std::set<std::string>>;

struct SweepOptions {
  Method method = Method::grid;
  MetricOptions metric;
  std::optional<std::int64_t> run_cap = {};  // the most points that are tried
  EarlyTerminateOptions early_terminate;
  std::map<std::string, Parameter> parameters = {};  // dotted config key → how its values are chosen
  // From here on, not W&B's.
  std::uint64_t seed = 1;     // of the search
  std::int64_t repeats = 1;   // of each point, with consecutive training seeds
  bool shuffle = false;       // a grid in random order
  bool deterministic = true;  // bayes learns from runs in the order they were planned, and waits for them
  std::map<std::string, Condition> conditions = {};  // parameter → when it is one
  std::optional<std::int64_t> max_failed_runs = {};  // after so many, no further run begins
  std::int64_t max_attempts = 3;                     // of a run that fails, over all resumes
};

}  // namespace cellsweep::sweep

namespace cellsweep {
template <>
inline constexpr auto enum_names<sweep::Method> =
    std::to_array<std::string_view>({"grid", "random", "bayes"});
template <>
inline constexpr auto enum_names<sweep::Impute> =
    std::to_array<std::string_view>({"worst", "best", "latest"});
template <>
inline constexpr auto enum_names<sweep::EarlyTermination> =
    std::to_array<std::string_view>({"none", "hyperband"});
}  // namespace cellsweep
