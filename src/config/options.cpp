#include "config/option_builders.h"

namespace cellsweep::config {
namespace {

// A member of Config::sweep; an unset sweep reads as the default one, and setting a key makes it a sweep.
template <class Member>
Option make_sweep_option(std::string key, Member member, std::string meaning) {
  const auto reader = [member](const Config& config) -> decltype(auto) {
    static const sweep::SweepOptions defaults;
    return member(config.sweep ? *config.sweep : defaults);
  };
  const auto writer = [member](Config& config) -> decltype(auto) {
    return member(config.sweep ? *config.sweep : config.sweep.emplace());
  };
  return make_option(
      std::move(key),
      [reader, writer](auto& config) -> auto& {
        if constexpr (std::is_const_v<std::remove_reference_t<decltype(config)>>)
          return reader(config);
        else
          return writer(config);
      },
      std::move(meaning));
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
      make_optional_string("model.initial_weights", CELLSWEEP_MEMBER(model.initial_weights),
                           "A safetensors file to start from; null: initialise from train.seed"),
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
      make_option("parallel.device", CELLSWEEP_MEMBER(parallel.device), "Where a rank computes"),
      make_option("parallel.engine", CELLSWEEP_MEMBER(engine),
                  "What computes a step; auto: fused, which is the fastest"),
      make_option(
          "parallel.threads", CELLSWEEP_MEMBER(parallel.threads),
          "Threads of each rank, no more than it has cores; one rank per core and one thread is the fastest",
          between(1, 1024)),
      make_option("parallel.timeout_seconds", CELLSWEEP_MEMBER(parallel.timeout_seconds),
                  "Longest wait for other ranks before the job is ended",
                  {.minimum = 0, .maximum = 1e6, .minimum_excluded = true}),
      ranks_per_run_option(),
      make_option("parallel.synchronize_batch_norm", CELLSWEEP_MEMBER(parallel.synchronize_batch_norm),
                  "Batch statistics over all ranks; false: each rank's own"),
      make_option("parallel.reproducible", CELLSWEEP_MEMBER(parallel.reproducible),
                  "The same result, bit for bit, on 1, 2, 4 and 8 ranks"),
      make_option("metrics.prometheus.enabled", CELLSWEEP_MEMBER(metrics.prometheus.enabled),
                  "Serve metrics while training"),
      make_option("metrics.prometheus.address", CELLSWEEP_MEMBER(metrics.prometheus.address),
                  "Address to listen on"),
      make_option("metrics.prometheus.port", CELLSWEEP_MEMBER(metrics.prometheus.port),
                  "Port to listen on; 0: any free one", between(0, 65535)),
      make_option("output.directory", CELLSWEEP_MEMBER(output.directory), "Folder of all runs"),
  };
}

std::vector<Option> sweep_options() {
  Option metric = make_sweep_option(
      "sweep.metric.name", [](auto& sweep) -> auto& { return sweep.metric.name; },
      "The figure by which runs are ranked");
  metric.kind = Kind::choice;
  metric.choices.assign(enum_names<train::Monitor>.begin(), enum_names<train::Monitor>.end());
  return {
      make_sweep_option(
          "sweep.method", [](auto& sweep) -> auto& { return sweep.method; },
          "How values are tried: grid is every combination"),
      metric,
      make_sweep_option(
          "sweep.metric.goal", [](auto& sweep) -> auto& { return sweep.metric.goal; },
          "Whether more or less of it is better"),
  };
}

std::vector<Option> make_table() {
  std::vector<Option> table;
  for (const auto& section : {name_option(), data_options(), model_options(), train_options(),
                              environment_options(), sweep_options()})
    table.insert(table.end(), section.begin(), section.end());
  return table;
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> table = make_table();
  return table;
}

}  // namespace cellsweep::config
