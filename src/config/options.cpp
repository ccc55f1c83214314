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
      make_option("model.layers", CELLSWEEP_MEMBER(model.layers), "Recurrent layers, one on the other",
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
                  "Where a rank computes; auto: on a GPU where every rank has one of its own"),
      make_option("parallel.engine", CELLSWEEP_MEMBER(engine),
                  "What computes a step; auto: the fastest, fused on CPUs and cudnn on GPUs"),
      make_option("parallel.backend", CELLSWEEP_MEMBER(parallel.backend),
                  "What adds gradients of GPUs up; auto: nccl. With mpi, in the hosts' memory, ranks may "
                  "share a GPU"),
      make_option("parallel.gradients", CELLSWEEP_MEMBER(parallel.gradients),
                  "In which gradients of GPUs are added up"),
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
                  "After so many steps too; null: not by steps", between(1, 1e15)),
      make_option("checkpoint.every_minutes", CELLSWEEP_MEMBER(checkpoint.every_minutes),
                  "After so many minutes too; null: not by time", above(0)),
      make_option("checkpoint.keep", CELLSWEEP_MEMBER(checkpoint.keep),
                  "The latest so many are kept, and the best epoch's by train.early_stopping.monitor",
                  between(1, 1e6)),
  };
}

std::vector<Option> output_options() {
  return {as_path(make_option("output.directory", CELLSWEEP_MEMBER(output.directory), "Folder of all runs"))};
}

std::vector<Option> metrics_options() {
  Option job = make_option("metrics.pushgateway.job", CELLSWEEP_MEMBER(metrics.pushgateway.job),
                           "Label of what is pushed, beside sweep and run_id");
  job.pattern = folder_name_pattern;
  return {
      make_option("metrics.prometheus.enabled", CELLSWEEP_MEMBER(metrics.prometheus.enabled),
                  "Serve metrics while training"),
      make_option("metrics.prometheus.address", CELLSWEEP_MEMBER(metrics.prometheus.address),
                  "IP address or host name to listen on; 0.0.0.0: all of this host's"),
      make_option("metrics.prometheus.port", CELLSWEEP_MEMBER(metrics.prometheus.port),
                  "Port of the first group, further ones take those after it; 0: any free one",
                  between(0, 65535)),
      as_path(make_optional_string("metrics.prometheus.discovery_directory",
                                   CELLSWEEP_MEMBER(metrics.prometheus.discovery_directory),
                                   "Folder for files by which Prometheus finds a run (file_sd); null: none")),
      make_option("metrics.prometheus.final_scrape_seconds",
                  CELLSWEEP_MEMBER(metrics.prometheus.final_scrape_seconds),
                  "Longest wait at the end for a last scrape, where something scraped within that time or "
                  "discovery_directory is given",
                  between(0, 3600)),
      make_optional_string("metrics.prometheus.basic_auth.username",
                           CELLSWEEP_MEMBER(metrics.prometheus.basic_auth.username),
                           "Who may read the metrics; null: anybody"),
      as_path(make_optional_string("metrics.prometheus.basic_auth.password_file",
                                   CELLSWEEP_MEMBER(metrics.prometheus.basic_auth.password_file),
                                   "A file whose first line is the password")),
      make_option(
          "metrics.open_metrics", CELLSWEEP_MEMBER(metrics.open_metrics),
          "Each run leaves metrics.om, its metrics over time, for a Prometheus that did not scrape it"),
      make_optional_string("metrics.pushgateway.address", CELLSWEEP_MEMBER(metrics.pushgateway.address),
                           "host:port or URL (http, https) of a Pushgateway that gets the metrics too; null: "
                           "none"),
      job,
      make_optional_string("metrics.pushgateway.basic_auth.username",
                           CELLSWEEP_MEMBER(metrics.pushgateway.basic_auth.username),
                           "As whom metrics are pushed; null: as nobody"),
      as_path(make_optional_string("metrics.pushgateway.basic_auth.password_file",
                                   CELLSWEEP_MEMBER(metrics.pushgateway.basic_auth.password_file),
                                   "A file whose first line is the password")),
  };
}

std::vector<Option> sweep_options() {
  Option metric =
      make_sweep_option("metric.name", CELLSWEEP_MEMBER(metric.name), "The figure by which runs are ranked");
  metric.kind = Kind::choice;
  metric.choices = model::metric_names();
  metric.default_words = "`val_accuracy`; with `train.loss: mse` `val_loss`";
  Option goal = make_sweep_option("metric.goal", CELLSWEEP_MEMBER(metric.goal),
                                  "Whether more or less of it is better; W&B minimises where none is given");
  goal.default_words = "`minimize` for a loss, `maximize` for an accuracy";
  return {
      make_sweep_option("method", CELLSWEEP_MEMBER(method),
                        "How values are tried: grid is every combination, random draws run_cap of them, "
                        "bayes chooses them where most improvement is expected"),
      metric,
      goal,
      make_sweep_option("metric.target", CELLSWEEP_MEMBER(metric.target),
                        "Once a run reaches it, no further run begins"),
      make_sweep_option(
          "metric.impute", CELLSWEEP_MEMBER(metric.impute),
          "bayes: what a run that failed or diverged counts as, the worst figure of all, or its own "
          "best or latest one"),
      make_sweep_option("run_cap", CELLSWEEP_MEMBER(run_cap), "The most points that are tried",
                        between(1, 1e5)),
      make_sweep_option("early_terminate.type", CELLSWEEP_MEMBER(early_terminate.type),
                        "hyperband stops runs that are worse than those planned before them, at some epochs"),
      make_sweep_option("early_terminate.min_iter", CELLSWEEP_MEMBER(early_terminate.min_iter),
                        "The first of these epochs; each further one is eta times as late", between(1, 1e9)),
      make_sweep_option("early_terminate.max_iter", CELLSWEEP_MEMBER(early_terminate.max_iter),
                        "Instead of min_iter: they are max_iter / eta, ..., max_iter / eta^s",
                        between(1, 1e9)),
      make_sweep_option("early_terminate.s", CELLSWEEP_MEMBER(early_terminate.s),
                        "How many there are, with max_iter", between(1, 100)),
      make_sweep_option("early_terminate.eta", CELLSWEEP_MEMBER(early_terminate.eta),
                        "One of eta runs passes; above 1", above(1)),
      make_sweep_option("early_terminate.strict", CELLSWEEP_MEMBER(early_terminate.strict),
                        "Compares a run's value at the epoch, not its best one until then"),
      make_sweep_option(
          "seed", CELLSWEEP_MEMBER(seed),
          "Of the search: the same file and seed give the same runs on any machine (bayes: on as many groups "
          "of ranks). Not W&B's, as are not the keys below",
          between(0, 1e15)),
      make_sweep_option("repeats", CELLSWEEP_MEMBER(repeats),
                        "Runs of each point, with train.seed, train.seed + 1, ...", between(1, 1000)),
      make_sweep_option("shuffle", CELLSWEEP_MEMBER(shuffle), "Tries the points of a grid in random order"),
      make_sweep_option(
          "deterministic", CELLSWEEP_MEMBER(deterministic),
          "bayes learns from runs in the order they were planned, whichever ends first, so that "
          "it tries the same points again on as many groups of ranks; false: from all that have "
          "ended, so that no group waits"),
      make_sweep_option("max_failed_runs", CELLSWEEP_MEMBER(max_failed_runs),
                        "After so many failed runs, no further one begins", between(1, 1e5)),
      make_sweep_option("max_attempts", CELLSWEEP_MEMBER(max_attempts),
                        "How often a run that fails is tried in all, as the sweep is resumed",
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
