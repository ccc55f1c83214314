// The one file that names prometheus-cpp.
#include "metrics/prometheus.h"

#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <exception>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cellsweep::metrics {
namespace {

using prometheus::Gauge;
using prometheus::Labels;

const std::vector<double> kTimeBuckets = {5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2,
                                          5e-2, 0.1,  0.25,   0.5,  1,    2.5,    5,    10};

std::string label_name(const std::string& key) {
  std::string name = key;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return c > 127 || (std::isalnum(c) == 0 && c != '_'); },
      '_');
  return name;
}

Labels info_labels(const RunInfo& info) {
  Labels labels{{"sweep", info.sweep},   {"run_id", info.run_id},   {"cell", info.cell},
                {"engine", info.engine}, {"version", info.version}, {"ranks", std::to_string(info.ranks)}};
  for (const auto& [key, value] : info.parameters) labels.emplace(label_name(key), value);
  return labels;
}

// A gauge that appears with its first value: a loss of 0 before the first epoch would be a lie.
class LateGauge {
 public:
  LateGauge(prometheus::Family<Gauge>& family, Labels labels) : family_(family), labels_(std::move(labels)) {}
  void set(double value) {
    if (gauge_ == nullptr) gauge_ = &family_.Add(labels_);
    gauge_->Set(value);
  }

 private:
  prometheus::Family<Gauge>& family_;
  Labels labels_;
  Gauge* gauge_ = nullptr;
};

// The metrics of one run. Updated on the training thread; the registry may be collected on others meanwhile.
class RunMetrics {
 public:
  explicit RunMetrics(const RunInfo& info)
      : registry_(std::make_shared<prometheus::Registry>()),
        run_{{"sweep", info.sweep}, {"run_id", info.run_id}},
        epoch_(gauge("cellsweep_epoch", "Epoch the run is in, from 1."), {}),
        step_(gauge("cellsweep_step", "Steps of the run so far."), {}),
        samples_(prometheus::BuildCounter()
                     .Name("cellsweep_samples_total")
                     .Help("Training samples of the run so far, over all ranks.")
                     .Labels(run_)
                     .Register(*registry_)
                     .Add({})),
        samples_per_second_(
            gauge("cellsweep_samples_per_second", "Training samples per second in this epoch."), {}),
        loss_(gauge("cellsweep_loss",
                    "Mean loss: train, the first rank's in the epoch so far, all ranks' at its "
                    "end; validation, of the last epoch.")),
        accuracy_(gauge("cellsweep_accuracy", "Share of hits, as cellsweep_loss.")),
        train_loss_(loss_, {{"split", "train"}}),
        validation_loss_(loss_, {{"split", "validation"}}),
        train_accuracy_(accuracy_, {{"split", "train"}}),
        validation_accuracy_(accuracy_, {{"split", "validation"}}),
        learning_rate_(gauge("cellsweep_learning_rate", "Learning rate of the last step."), {}),
        step_seconds_(histogram("cellsweep_step_seconds", "Time of a step.")),
        all_reduce_seconds_(histogram("cellsweep_all_reduce_seconds", "Time of a step's gradient exchange.")),
        classification_(info.classification) {
    prometheus::BuildGauge()
        .Name("cellsweep_run_info")
        .Help("1, with the run's swept parameters as labels.")
        .Register(*registry_)
        .Add(info_labels(info))
        .Set(1);
  }

  void update(const StepReport& report) {
    if (report.step == 1) epoch_samples_ = epoch_seconds_ = 0;
    epoch_samples_ += static_cast<double>(report.samples);
    epoch_seconds_ += report.seconds;
    epoch_.set(static_cast<double>(report.epoch));
    step_.set(static_cast<double>(report.global_step));
    samples_.Increment(static_cast<double>(report.samples));
    if (epoch_seconds_ > 0) samples_per_second_.set(epoch_samples_ / epoch_seconds_);
    learning_rate_.set(report.learning_rate);
    step_seconds_.Observe(report.seconds);
    all_reduce_seconds_.Observe(report.all_reduce_seconds);
    if (!report.has_figures()) return;
    train_loss_.set(report.loss);
    if (classification_) train_accuracy_.set(report.accuracy);
  }

  void update(const EpochReport& report) {
    epoch_.set(static_cast<double>(report.epoch));
    step_.set(static_cast<double>(report.step));
    samples_per_second_.set(report.samples_per_second);
    learning_rate_.set(report.learning_rate);
    train_loss_.set(report.loss);
    validation_loss_.set(report.val_loss);
    if (report.accuracy) train_accuracy_.set(*report.accuracy);
    if (report.val_accuracy) validation_accuracy_.set(*report.val_accuracy);
  }

  std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  prometheus::Family<Gauge>& gauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Labels(run_).Register(*registry_);
  }
  prometheus::Histogram& histogram(const char* name, const char* help) {
    return prometheus::BuildHistogram()
        .Name(name)
        .Help(help)
        .Labels(run_)
        .Register(*registry_)
        .Add({}, kTimeBuckets);
  }

  std::shared_ptr<prometheus::Registry> registry_;
  Labels run_;
  LateGauge epoch_;
  LateGauge step_;
  prometheus::Counter& samples_;
  LateGauge samples_per_second_;
  prometheus::Family<Gauge>& loss_;
  prometheus::Family<Gauge>& accuracy_;
  LateGauge train_loss_;
  LateGauge validation_loss_;
  LateGauge train_accuracy_;
  LateGauge validation_accuracy_;
  LateGauge learning_rate_;
  prometheus::Histogram& step_seconds_;
  prometheus::Histogram& all_reduce_seconds_;
  bool classification_;
  double epoch_samples_ = 0;
  double epoch_seconds_ = 0;
};

// What the server collects: the registry of the latest run. Thread-safe.
class LatestRun final : public prometheus::Collectable {
 public:
  void show(std::shared_ptr<prometheus::Registry> registry) {
    const std::lock_guard lock(mutex_);
    registry_ = std::move(registry);
  }
  std::vector<prometheus::MetricFamily> Collect() const override {
    std::shared_ptr<prometheus::Registry> registry;
    {
      const std::lock_guard lock(mutex_);
      registry = registry_;
    }
    if (!registry) return {};
    return registry->Collect();
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<prometheus::Registry> registry_;
};

class PrometheusObserver final : public Observer {
 public:
  explicit PrometheusObserver(const PrometheusOptions& options) : latest_(std::make_shared<LatestRun>()) {
    const bool bare_ipv6 =
        options.address.find(':') != std::string::npos && !options.address.starts_with('[');
    const std::string host = bare_ipv6 ? "[" + options.address + "]" : options.address;
    constexpr std::size_t kThreads = 2;  // one client that hangs must not shut the others out
    try {
      exposer_ = std::make_unique<prometheus::Exposer>(fmt::format("{}:{}", host, options.port), kThreads);
    } catch (const std::exception&) {
      spdlog::warn(
          "no metrics are served: {}:{} cannot be listened on, perhaps another process does; the run goes "
          "on. "
          "metrics.prometheus.port: 0 takes any free port",
          host, options.port);
      return;
    }
    exposer_->RegisterCollectable(latest_);
    spdlog::info("metrics at http://{}:{}/metrics", host, exposer_->GetListeningPorts().at(0));
  }
  std::string name() const override { return "prometheus"; }

  void on_run_begin(const RunInfo& info) override {
    run_ = std::make_unique<RunMetrics>(info);
    latest_->show(run_->registry());
  }
  void on_step(const StepReport& report) override { run_->update(report); }
  void on_epoch_end(const EpochReport& report) override { run_->update(report); }

 private:
  std::shared_ptr<LatestRun> latest_;
  std::unique_ptr<RunMetrics> run_;
  std::unique_ptr<prometheus::Exposer> exposer_;  // last: its threads end before what they read
};

}  // namespace

std::unique_ptr<Observer> make_prometheus_observer(const PrometheusOptions& options) {
  if (!options.enabled) return nullptr;
  return std::make_unique<PrometheusObserver>(options);
}

}  // namespace cellsweep::metrics
