// One run as a user describes it, and the sweep around it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/parallel_options.h"
#include "data/data_options.h"
#include "metrics/metrics_options.h"
#include "model/model_options.h"
#include "model/network.h"
#include "sweep/sweep_options.h"
#include "train/checkpoint/checkpoint_options.h"
#include "train/train_options.h"

namespace cellsweep::config {

struct OutputOptions {
  std::string directory = "runs";
};

struct Config {
  std::string name = "cellsweep";
  data::DataOptions data;
  model::ModelOptions model;
  train::TrainOptions train;
  train::CheckpointOptions checkpoint;
  comm::ParallelOptions parallel;
  model::Engine engine = model::Engine::automatic;  // parallel.engine
  metrics::MetricsOptions metrics;
  OutputOptions output;
  std::optional<sweep::SweepOptions> sweep;  // unset: one run
};

// A dotted key and its value as text: what --set and a sweep assign. Type and range are checked as in a file.
using Assignment = std::pair<std::string, std::string>;

// What the names in a sweep mean that are not keys of this program: those of a file that was written for
// another program. A file's section `map` says the same; what stands here takes precedence.
struct Renames {
  std::vector<Assignment> map;       // --map name=key: a parameter's name, or the metric's
  std::vector<std::string> ignored;  // --ignore name: a parameter to leave out, or a group of them
  bool operator==(const Renames&) const = default;
};

// What a config is made of.
struct Sources {
  std::string path;          // the file
  std::string sweep_path{};  // a sweep of its own, as W&B has it, for a file that has none; empty: none
  Renames renames{};
};

// Reads the files, then applies the assignments in order; those to sweep.* go to the sweep wherever it comes
// from. Throws one UserError that lists every diagnostic, a line each, as file:line:column: message (--set
// key=value: message for an assignment), with the permitted values and a "did you mean".
// What W&B's file says of its program is passed over, and logged.
Config load_config(const Sources& sources, std::span<const Assignment> assignments = {});
inline Config load_config(const std::string& path, std::span<const Assignment> assignments = {}) {
  return load_config(Sources{.path = path}, assignments);
}

// The renames with which the sweep can likely be read, as --map and --ignore arguments for a shell, and then
// as a section `map` for the file, with notes. `classes_of` gives the classes of data, 0 of a regression, or
// nothing if they are not known. Throws UserError if the files are no YAML or have no sweep.
using ClassesOf = std::function<std::optional<std::int64_t>(const data::DataOptions&)>;
std::string suggest_renames(const Sources& sources, std::span<const Assignment> assignments = {},
                            const ClassesOf& classes_of = {});

// The same for text; `origin` stands for the file name in messages.
Config parse_config(std::string_view text, const std::string& origin,
                    std::span<const Assignment> assignments = {});

// The same for what to_yaml() gave, which may be larger than a user's file.
Config parse_own(std::string_view text, const std::string& origin,
                 std::span<const Assignment> assignments = {});

// What the runs of a sweep have in common.
Config without_sweep(Config config);

// `base` with the assignments applied and without its sweep: the config of one run. Throws UserError as
// above. A sweep may list 100,000 values, so who calls this for many runs takes it out of `base` before.
Config with_assignments(const Config& base, std::span<const Assignment> assignments);

// The sweep of a config; that of one without is a single run, ranked by a metric that it has.
sweep::SweepOptions sweep_of(const Config& config);

// The config of a sweep's folder, with the assignments applied. If every run, or some, has no accuracy,
// but the sweep is ranked by it, as it was by default in former versions, it is ranked by val_loss instead.
// Throws UserError as above, and if the file is a symbolic link: in a folder of somebody else it may lead
// anywhere.
Config load_saved_config(const std::string& path, std::span<const Assignment> assignments = {});

// If `config` names no goal, and ranks by the same metric as `before`, it takes that one's goal: a sweep
// that is resumed keeps the goal that it was begun with.
void keep_metric(Config& config, const Config& before);

// By which metric runs are ranked, for people: "metric: val_loss, minimize (by default, as it is a loss)".
std::string metric_line(const Config& config);

// What a run of `b` would do otherwise than one of `a`: a line "key: value in a → value in b" for each key of
// either that changes results or which runs there are. Where and how fast they run, and who watches, makes no
// difference.
std::vector<std::string> differences(const Config& a, const Config& b);

// The effective config as YAML: every key, defaults filled in. load_config of it gives an equal config.
std::string to_yaml(const Config& config);

// JSON Schema (draft 2020-12) of a config file.
std::string json_schema();

// The table of all keys as Markdown: key, type and range, default, meaning.
std::string options_markdown();

}  // namespace cellsweep::config
