#include "metrics/prometheus/run_metrics.h"

#include <algorithm>
#include <cctype>

#include "base/clock.h"
#include "base/metric_name.h"

namespace cellsweep::metrics {
namespace {

using prometheus::Labels;

std::string label_name(const std::string& key) {
  std::string name = key;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c > 127 || (std::isalnum(c) == 0 && c != '_'); },
      '_');
  return name;
}

// How many epochs are kept: a run stays below 500 series, of which about 100 are neither of a rank (4 each),
// nor of an epoch (its end, and each metric of training and validation), nor of a metric.
std::int64_t epoch_limit(const RunInfo& info) {
  const std::int64_t metrics = std::ssize(info.metrics);
  return std::clamp<std::int64_t>(
      (490 - 100 - 4 * static_cast<std::int64_t>(info.ranks) - 2 * metrics) / (1 + 2 * metrics), 10, 60);
}

}  // namespace

RunMetrics::Phases::Phases(prometheus::Family<prometheus::Counter>& family)
    : data(family.Add({{"phase", "data"}})),
      forward(family.Add({{"phase", "forward"}})),
      backward(family.Add({{"phase", "backward"}})),
      all_reduce(family.Add({{"phase", "all_reduce"}})),
      update(family.Add({{"phase", "update"}})),
      evaluation(family.Add({{"phase", "evaluation"}})),
      checkpoint(family.Add({{"phase", "checkpoint"}})) {}

RunMetrics::RunMetrics(const RunInfo& info)
    : families_({{"sweep", info.sweep}, {"run_id", info.run_id}}),
      states_(families_.gauge("cellsweep_run_state", "1 for the state that the run is in, else 0.")),
      epoch_(families_.gauge("cellsweep_epoch", "Epoch the run is in, from 1.")),
      step_(families_.gauge("cellsweep_step", "Steps of the run so far.")),
      samples_per_second_(
          families_.gauge("cellsweep_samples_per_second", "Training samples per second in this epoch.")),
      learning_rate_(families_.gauge("cellsweep_learning_rate", "Learning rate of the last step.")),
      gradient_norm_(families_.gauge("cellsweep_gradient_norm",
                                     "L2 norm of the mean gradient, before clipping, when last taken.")),
      steps_(families_.counter("cellsweep_steps_total", "Steps of the run so far.").Add({})),
      samples_(
          families_.counter("cellsweep_samples_total", "Training samples of the run so far, over all ranks.")
              .Add({})),
      phases_(families_.counter("cellsweep_phase_seconds_total",
                                "Seconds of the group's first rank by what they went into.")),
      step_seconds_(families_.time_histogram("cellsweep_step_seconds", "Time of a step.")),
      all_reduce_seconds_(
          families_.time_histogram("cellsweep_all_reduce_seconds", "Time of a step's gradient exchange.")),
      all_reduce_bytes_(families_
                            .counter("cellsweep_all_reduce_bytes_total",
                                     "Bytes of gradients that a rank gave to be summed.")
                            .Add({})),
      mismatches_(families_
                      .counter("cellsweep_replica_checksum_mismatches_total",
                               "How often the ranks' weights were found not to be equal.")
                      .Add({})),
      checkpoint_time_(families_.gauge("cellsweep_checkpoint_timestamp_seconds",
                                       "When a checkpoint was last written, in seconds since 1970.")),
      checkpoint_size_(families_.gauge("cellsweep_checkpoint_size_bytes", "Size of what was last written.")),
      ranks_(families_, info.ranks),
      epochs_(families_, info.metrics, info.epochs, epoch_limit(info)) {
  for (const MetricInfo& metric : info.metrics)
    metrics_.emplace(metric.name,
                     families_.gauge(("cellsweep_" + metric.name).c_str(),
                                     (metric.meaning + ": train, the first rank's in the epoch so far, all "
                                                       "ranks' at its end; validation, of the last epoch.")
                                         .c_str()));
  describe(info);
  set_state(RunState::running);
}

void RunMetrics::describe(const RunInfo& info) {
  Labels labels{{"cell", info.cell},
                {"engine", info.engine},
                {"version", info.version},
                {"ranks", std::to_string(info.ranks)},
                {"batch_size", std::to_string(info.batch_size)}};
  for (const auto& [key, value] : info.parameters) labels.emplace(label_name(key), value);
  families_.gauge("cellsweep_run_info", "1, with the run's swept parameters as labels.").Add(labels).Set(1);
  const auto set = [&](const char* name, const char* help, double value) {
    families_.gauge(name, help).Add({}).Set(value);
  };
  set("cellsweep_run_start_timestamp_seconds", "When the run began, in seconds since 1970.", unix_seconds());
  set("cellsweep_epochs", "Epochs that are planned.", static_cast<double>(info.epochs));
  set("cellsweep_steps_per_epoch", "Steps of an epoch.", static_cast<double>(info.steps_per_epoch));
}

void RunMetrics::set_state(RunState state) {
  for (const std::string_view name : enum_names<RunState>)
    if (name != to_name(RunState::planned))
      states_.Add({{"state", std::string(name)}}).Set(name == to_name(state) ? 1 : 0);
}

void RunMetrics::set_metrics(const MetricValues& values) {
  for (const auto& [name, value] : values) {
    const auto gauges = metrics_.find(without_validation(name));
    if (gauges == metrics_.end()) continue;
    (is_validation(name) ? gauges->second.validation : gauges->second.train).set(value);
  }
}

void RunMetrics::update(const StepReport& report) {
  if (report.step == 1) epoch_samples_ = epoch_seconds_ = 0;
  epoch_samples_ += static_cast<double>(report.samples);
  epoch_seconds_ += report.seconds;
  epoch_.set(static_cast<double>(report.epoch));
  step_.set(static_cast<double>(report.global_step));
  steps_.Increment();
  samples_.Increment(static_cast<double>(report.samples));
  if (epoch_seconds_ > 0) samples_per_second_.set(epoch_samples_ / epoch_seconds_);
  learning_rate_.set(report.learning_rate);
  if (report.gradient_norm) gradient_norm_.set(*report.gradient_norm);
  step_seconds_.Observe(report.seconds);
  all_reduce_seconds_.Observe(report.all_reduce_seconds);
  all_reduce_bytes_.Increment(static_cast<double>(report.all_reduce_bytes));
  // A difference of clocks may be a little below 0, which a counter passes over.
  phases_.data.Increment(report.gather_seconds);
  phases_.forward.Increment(report.forward_seconds);
  phases_.backward.Increment(report.backward_seconds);
  phases_.all_reduce.Increment(report.all_reduce_seconds);
  phases_.update.Increment(report.update_seconds);
  if (report.metrics) set_metrics(*report.metrics);
}

void RunMetrics::update(const EpochReport& report) {
  epoch_.set(static_cast<double>(report.epoch));
  step_.set(static_cast<double>(report.step));
  samples_per_second_.set(report.samples_per_second);
  learning_rate_.set(report.learning_rate);
  set_metrics(report.metrics);
  phases_.evaluation.Increment(report.evaluation_seconds);
  epochs_.add(report, clock_.seconds());
}

void RunMetrics::update(const CheckpointReport& report) {
  checkpoint_time_.set(unix_seconds());
  checkpoint_size_.set(static_cast<double>(report.bytes));
  phases_.checkpoint.Increment(report.seconds);
}

}  // namespace cellsweep::metrics
