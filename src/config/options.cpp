#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_names.h"
#include "config/option_builders.h"
#include "model/metric.h"

namespace cellsweep::config {
namespace {

// A member of Config::sweep; an unset sweep reads as the default one, and setting a key makes it a sweep.
template <class Member>
Option make_sweep_option(std::string key, Member member, std::string meaning, Limits limits = {}) {
  const auto reader = [member](const Config& config) -> decltype(auto) {
    static const sweep::SweepOptions defaults;
    return member(config.sweep ? *config.sweep : defaults);
  };
  const auto writer = [member](Config& config) -> decltype(auto) {
    return member(config.sweep ? *config.sweep : config.sweep.emplace());
  };
  return make_option(
      "sweep." + std::move(key),
      [reader, writer](auto& config) -> auto& {
        if constexpr (std::is_const_v<std::remove_reference_t<decltype(config)>>)
          return reader(config);
        else
          return writer(config);
      },
      std::move(meaning), limits);
}

std::vector<Option> name_option() {
  Option name = make_option("name", CELLSWEEP_MEMBER(name),
                            "Names the run or sweep, and its folder under output.directory");
  name.pattern = folder_name_pattern;
  return {name};
}

std::vector<Option> model_options() {
  return {
      make_option("model.cell", CELLSWEEP_MEMBER(model.cell), "The recurrent cell"),
      make_option("model.hidden_size", CELLSWEEP_MEMBER(model.hidden_size),
                  "Units of each layer and direction", between(1, 1e5)),
      make_option("model.layers", CELLSWEEP_MEMBER(model.layers), "How many recurrent layers are stacked",
                  between(1, 1000)),
      make_option("model.bidirectional", CELLSWEEP_MEMBER(model.bidirectional),
                  "Each layer reads the sequence in both directions"),
      make_option("model.dropout", CELLSWEEP_MEMBER(model.dropout),
                  "Fraction of a layer's input features that is dropped", fraction()),
      make_option("model.batch_norm", CELLSWEEP_MEMBER(model.batch_norm),
                  "Batch normalisation between the last layer and the output"),
      as_path(make_optional_string("model.initial_weights", CELLSWEEP_MEMBER(model.initial_weights),
                                   "A safetensors file to start from; null: initialise from train.seed")),
  };
}

Option ranks_per_run_option() {
  Option option =
      make_option("parallel.ranks_per_run", CELLSWEEP_MEMBER(parallel.ranks_per_run),
                  "Ranks that train a run of a sweep together, while others train other runs: all, auto "
                  "(as few as keep every rank busy) or a number");
  option.pattern = "all|auto|[1-9][0-9]{0,5}";
  return option;
}

std::vector<Option> environment_options() {
  return {
      make_option("parallel.device", CELLSWEEP_MEMBER(parallel.device),
                  "Where a rank computes; auto: on a GPU if every rank has one of its own"),
      make_option("parallel.engine", CELLSWEEP_MEMBER(engine),
                  "What computes a step; auto: the fastest, fused on CPUs and cudnn on GPUs"),
      make_option("parallel.backend", CELLSWEEP_MEMBER(parallel.backend),
                  "What sums the gradients of GPUs; auto: nccl. mpi sums them in the hosts' memory, so that "
                  "ranks may share a GPU"),
      make_option("parallel.gradients", CELLSWEEP_MEMBER(parallel.gradients),
                  "The type in which gradients of GPUs are summed"),
      make_option("parallel.cuda_graphs", CELLSWEEP_MEMBER(parallel.cuda_graphs),
                  "GPU: record steps and replay them; false: launch each operation"),
      make_option(
          "parallel.threads", CELLSWEEP_MEMBER(parallel.threads),
          "Threads of each rank, no more than it has cores; one rank per core and one thread is the fastest",
          between(1, 1024)),
      make_option("parallel.timeout_seconds", CELLSWEEP_MEMBER(parallel.timeout_seconds),
                  "Longest wait for other ranks before the job is ended",
                  {.minimum = 0, .maximum = 1e6, .minimum_excluded = true}),
      make_option(
          "parallel.debug", CELLSWEEP_MEMBER(parallel.debug),
          "Ranks compare each collective operation before they begin it, so that a mismatch is an error "
          "that names the ranks; slow"),
      ranks_per_run_option(),
      make_option("parallel.synchronize_batch_norm", CELLSWEEP_MEMBER(parallel.synchronize_batch_norm),
                  "Batch statistics over all ranks; false: each rank's own"),
      make_option("parallel.reproducible", CELLSWEEP_MEMBER(parallel.reproducible),
                  "The same result, bit for bit, on 1, 2, 4 and 8 ranks"),
  };
}

std::vector<Option> checkpoint_options() {
  return {
      make_option("checkpoint.enabled", CELLSWEEP_MEMBER(checkpoint.enabled),
                  "A run's state is saved at the end of each epoch, on a signal, and as the keys below say"),
      make_option("checkpoint.every_steps", CELLSWEEP_MEMBER(checkpoint.every_steps),
                  "Also saves after every so many steps; null: never by steps", between(1, 1e15)),
      make_option("checkpoint.every_minutes", CELLSWEEP_MEMBER(checkpoint.every_minutes),
                  "Also saves after every so many minutes; null: never by time", above(0)),
      make_option("checkpoint.keep", CELLSWEEP_MEMBER(checkpoint.keep),
                  "How many of the latest checkpoints are kept, beside that of the best epoch by "
                  "train.early_stopping.monitor",
                  between(1, 1e6)),
  };
}

std::vector<Option> output_options() {
  return {as_path(make_option("output.directory", CELLSWEEP_MEMBER(output.directory), "Folder of all runs"))};
}

// The keys of the basic_auth of `section`, which is metrics.prometheus or metrics.pushgateway.
template <class Section>
Option make_username(const std::string& key, Section section, std::string meaning) {
  return make_optional_string(
      key + ".basic_auth.username",
      [section](auto& config) -> auto& { return section(config).basic_auth.username; }, std::move(meaning));
}
template <class Section>
Option make_password_file(const std::string& key, Section section) {
  return as_path(make_optional_string(
      key + ".basic_auth.password_file",
      [section](auto& config) -> auto& { return section(config).basic_auth.password_file; },
      "A file whose first line is the password"));
}

std::vector<Option> metrics_options() {
  const std::string server = "metrics.prometheus", gateway = "metrics.pushgateway";
  Option job = make_option("metrics.pushgateway.job", CELLSWEEP_MEMBER(metrics.pushgateway.job),
                           "Value of the label job of pushed metrics, beside the labels sweep and run_id");
  job.pattern = folder_name_pattern;
  return {
      make_option("metrics.prometheus.enabled", CELLSWEEP_MEMBER(metrics.prometheus.enabled),
                  "Serve metrics while training"),
      make_option("metrics.prometheus.address", CELLSWEEP_MEMBER(metrics.prometheus.address),
                  "IP address or host name to listen on; 0.0.0.0: all addresses of this host"),
      make_option("metrics.prometheus.port", CELLSWEEP_MEMBER(metrics.prometheus.port),
                  "Port of the first group; each further group takes the next port; 0: any free port",
                  between(0, 65535)),
      as_path(make_optional_string("metrics.prometheus.discovery_directory",
                                   CELLSWEEP_MEMBER(metrics.prometheus.discovery_directory),
                                   "Folder for files by which Prometheus finds a run (file_sd); null: none")),
      make_option("metrics.prometheus.final_scrape_seconds",
                  CELLSWEEP_MEMBER(metrics.prometheus.final_scrape_seconds),
                  "Longest wait for a last scrape at the end, if something scraped within that time or "
                  "discovery_directory is given",
                  between(0, 3600)),
      make_username(server, CELLSWEEP_MEMBER(metrics.prometheus), "Who may read the metrics; null: anybody"),
      make_password_file(server, CELLSWEEP_MEMBER(metrics.prometheus)),
      make_option("metrics.open_metrics", CELLSWEEP_MEMBER(metrics.open_metrics),
                  "Each run leaves " + std::string(file_names::metrics) +
                      ", its metrics over time, for a Prometheus that did not scrape it"),
      make_optional_string("metrics.pushgateway.address", CELLSWEEP_MEMBER(metrics.pushgateway.address),
                           "host:port or URL (http, https) of a Pushgateway that gets the metrics too; null: "
                           "none"),
      job,
      make_username(gateway, CELLSWEEP_MEMBER(metrics.pushgateway),
                    "The user who pushes the metrics; null: none"),
      make_password_file(gateway, CELLSWEEP_MEMBER(metrics.pushgateway)),
  };
}

// "`minimize` for a loss or an error, `maximize` for …", from the table of metrics.
std::string usual_goals() {
  std::string text;
  for (const Goal goal : {Goal::minimize, Goal::maximize}) {
    std::vector<std::string_view> nouns;
    for (const model::Metric& metric : model::all_metrics())
      if (metric.goal == goal && std::ranges::find(nouns, metric.noun) == nouns.end())
        nouns.push_back(metric.noun);
    text += fmt::format("{}`{}` for {}", text.empty() ? "" : ", ", to_name(goal), fmt::join(nouns, " or "));
  }
  return text;
}

std::vector<Option> sweep_options() {
  Option metric =
      make_sweep_option("metric.name", CELLSWEEP_MEMBER(metric.name), "The metric by which runs are ranked");
  metric.kind = ValueKind::choice;
  metric.choices = model::metric_names();
  metric.default_words = "`val_accuracy`; with `train.loss: mse` `val_loss`";
  Option goal =
      make_sweep_option("metric.goal", CELLSWEEP_MEMBER(metric.goal),
                        "Whether a higher or a lower value is better; W&B minimises if no goal is given");
  goal.default_words = usual_goals();
  return {
      make_sweep_option("method", CELLSWEEP_MEMBER(method),
                        "How values are chosen: grid takes every combination, random draws run_cap of them, "
                        "bayes takes those from which it expects most improvement"),
      metric,
      goal,
      make_sweep_option("metric.target", CELLSWEEP_MEMBER(metric.target),
                        "No further run begins after a run has reached this value"),
      make_sweep_option("metric.impute", CELLSWEEP_MEMBER(metric.impute),
                        "bayes: the value of a run that failed or diverged: the worst value of all runs, or "
                        "its own best or latest one"),
      make_sweep_option("run_cap", CELLSWEEP_MEMBER(run_cap), "The most points that are tried",
                        between(1, 1e5)),
      make_sweep_option("early_terminate.type", CELLSWEEP_MEMBER(early_terminate.type),
                        "hyperband stops runs that are worse than those planned before them, at some epochs"),
      make_sweep_option("early_terminate.min_iter", CELLSWEEP_MEMBER(early_terminate.min_iter),
                        "The first of these epochs; each further one is eta times as late", between(1, 1e9)),
      make_sweep_option("early_terminate.max_iter", CELLSWEEP_MEMBER(early_terminate.max_iter),
                        "Instead of min_iter: these epochs are max_iter / eta, ..., max_iter / eta^s",
                        between(1, 1e9)),
      make_sweep_option("early_terminate.s", CELLSWEEP_MEMBER(early_terminate.s),
                        "How many of these epochs there are, with max_iter", between(1, 100)),
      make_sweep_option("early_terminate.eta", CELLSWEEP_MEMBER(early_terminate.eta),
                        "One of eta runs passes; above 1", above(1)),
      make_sweep_option("early_terminate.strict", CELLSWEEP_MEMBER(early_terminate.strict),
                        "Compares a run's value at the epoch, not its best value so far"),
      make_sweep_option("seed", CELLSWEEP_MEMBER(seed),
                        "Seed of the search: the same file and seed give the same runs on any machine "
                        "(bayes: on as many groups of ranks). W&B has neither this key nor those below",
                        between(0, 1e15)),
      make_sweep_option("repeats", CELLSWEEP_MEMBER(repeats),
                        "Runs of each point, with train.seed, train.seed + 1, ...", between(1, 1000)),
      make_sweep_option("shuffle", CELLSWEEP_MEMBER(shuffle), "Tries the points of a grid in random order"),
      make_sweep_option(
          "deterministic", CELLSWEEP_MEMBER(deterministic),
          "bayes learns from runs in the order of the plan, so that it tries the same points again on as "
          "many groups of ranks; false: it learns from all runs that have ended, so that no group waits"),
      make_sweep_option("max_failed_runs", CELLSWEEP_MEMBER(max_failed_runs),
                        "No further run begins after so many runs have failed", between(1, 1e5)),
      make_sweep_option("max_attempts", CELLSWEEP_MEMBER(max_attempts),
                        "How many attempts a run that fails gets, over all resumes of the sweep",
                        between(1, 1000)),
  };
}

std::vector<Option> make_table() {
  std::vector<Option> table;
  for (const auto& section :
       {name_option(), data_options(), model_options(), train_options(), environment_options(),
        checkpoint_options(), metrics_options(), output_options(), sweep_options()})
    table.insert(table.end(), section.begin(), section.end());
  return table;
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> table = make_table();
  return table;
}

}  // namespace cellsweep::config
