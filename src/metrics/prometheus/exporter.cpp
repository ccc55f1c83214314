#include "metrics/prometheus/exporter.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/file_names.h"
#include "base/version.h"
#include "metrics/prometheus/discovery.h"
#include "metrics/prometheus/final_scrape.h"
#include "metrics/prometheus/gpu_metrics.h"
#include "metrics/prometheus/open_metrics.h"
#include "metrics/prometheus/password.h"
#include "metrics/prometheus/process_metrics.h"
#include "metrics/prometheus/pushgateway.h"
#include "metrics/prometheus/run_metrics.h"
#include "metrics/prometheus/scrape_source.h"
#include "metrics/prometheus/server.h"
#include "metrics/prometheus/sweep_metrics.h"

namespace cellsweep::metrics {
namespace {

// metrics.om is written on the training thread, and a checkpoint may be due often.
constexpr double seconds_between_files = 60;

using std::chrono::milliseconds;

milliseconds now_on(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::duration_cast<milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                  std::chrono::nanoseconds(time.tv_nsec));
}

// Nobody sets this clock, and it runs while the host is suspended.
milliseconds steady_now() {
  return now_on(CLOCK_BOOTTIME);
}

// When that clock was at 0, since 1970, as the host's clock is set now.
milliseconds steady_zero() {
  return now_on(CLOCK_REALTIME) - steady_now();
}

prometheus::ClientMetric labelled(const std::string& instance) {
  prometheus::ClientMetric metric;
  metric.label = {{"job", "cellsweep"}, {"instance", instance}};
  return metric;
}

// A run that is resumed keeps what it left before it was cut off, under the next free name.
void rotate_file(const std::filesystem::path& directory) {
  if (!exists(directory / file_names::metrics)) return;
  int part = 1;
  const auto name = [&] { return directory / file_names::rotated_metrics(part); };
  while (exists(name())) ++part;
  rename(directory / file_names::metrics, name());
}

std::shared_ptr<prometheus::Registry> build_info() {
  Families families({});
  families.gauge("cellsweep_build_info", "1, with what the program was built from and by as labels.")
      .Add({{"version", version}, {"compiler", CELLSWEEP_COMPILER}})
      .Set(1);
  return families.registry();
}

class PrometheusExporter final : public Exporter {
 public:
  PrometheusExporter(const MetricsOptions& options, const std::string& sweep, int group)
      : final_scrape_seconds_(options.prometheus.final_scrape_seconds),
        writes_file_(options.open_metrics),
        sweep_(sweep),
        instance_(sweep + "-" + std::to_string(group)),
        scrape_source_(std::make_shared<ScrapeSource>()) {
    if (!options.pushgateway.address.empty())
      gateway_.emplace(options.pushgateway,
                       read_password(options.pushgateway.basic_auth, "metrics.pushgateway.basic_auth"),
                       final_scrape_seconds_);
    if (!options.prometheus.enabled) return;
    scrape_source_->add(build_info());
    scrape_source_->add(std::make_shared<ProcessMetrics>());
    if (auto gpus = make_gpu_metrics()) scrape_source_->add(std::move(gpus));
    PrometheusOptions mine = options.prometheus;
    if (mine.port != 0) mine.port += group;
    serve(mine, read_password(mine.basic_auth, "metrics.prometheus.basic_auth"));
  }

  std::string name() const override { return "metrics"; }

  void on_run_begin(const RunInfo& info) override {
    run_.emplace(info);
    scrape_source_->show_run(run_->registry());
    if (gateway_) gateway_->show_run(info.sweep, info.run_id, run_->registry());
    directory_ = info.directory;
    if (writes_file_ && info.steps_done > 0) rotate_file(directory_);
    since_written_.emplace();
    record_.emplace(labelled(instance_));
    record_->record(steady_now(), run_->registry()->Collect());
  }
  void on_step(const StepReport& report) override {
    run_->update(report);
    record_if_due();
  }
  void on_ranks(std::span<const RankReport> ranks) override { run_->update(ranks); }
  void on_replicas_differ() override { run_->count_mismatch(); }
  void on_epoch_end(const EpochReport& report) override {
    run_->update(report);
    record_if_due();
  }
  // What a job that is killed leaves of its metrics is as old as its last checkpoint.
  void on_checkpoint(const CheckpointReport& report) override {
    run_->update(report);
    if (since_written_ && since_written_->seconds() < seconds_between_files) return;
    since_written_.emplace();
    write_metrics();
  }
  void on_run_end(const RunSummary& summary) override {
    run_->set_state(summary.state);
    scrape_source_->end_run();
    if (gateway_) gateway_->end_run();
    write_metrics();
  }

  void on_progress(const SweepProgress& progress) override {
    if (!progress_) {
      progress_.emplace(sweep_);
      scrape_source_->add(progress_->registry());
    }
    progress_->update(progress);
  }

  bool awaits_final_scrape() override {
    if (!since_end_) begin_to_wait();
    if (since_end_->seconds() >= final_scrape_seconds_) return false;
    return (final_scrape_ && final_scrape_->is_missing()) || (gateway_ && gateway_->is_keeping());
  }

 private:
  void serve(const PrometheusOptions& options, const std::string& password) {
    try {
      server_.emplace(options, password, scrape_source_);
      spdlog::info("metrics at http://{}/metrics", server_->target());
      if (server_->is_open_to_others())
        spdlog::warn(
            "whoever reaches this host may read its metrics: metrics.prometheus.basic_auth asks for a "
            "password, "
            "metrics.prometheus.address 127.0.0.1 serves this host alone");
      if (!options.discovery_directory.empty())
        discovery_.emplace(options.discovery_directory, instance_, server_->target());
    } catch (const Error& problem) {
      spdlog::warn("{}, the run continues: {}",
                   server_ ? "metrics are not announced" : "no metrics are served", problem.what());
    }
  }

  void write_metrics() {
    if (!writes_file_ || directory_.empty()) return;
    record_->record(steady_now(), run_->registry()->Collect());
    write_file(directory_ / file_names::metrics, record_->text(steady_zero()));
  }

  void record_if_due() {
    if (writes_file_ && record_->is_due()) record_->record(steady_now(), run_->registry()->Collect());
  }

  void begin_to_wait() {
    since_end_.emplace();
    const bool is_scraped = server_ && scrape_source_->seconds_since_collection() <= final_scrape_seconds_;
    if (!(is_scraped || discovery_) || final_scrape_seconds_ == 0) return;
    final_scrape_.emplace(*scrape_source_);
    spdlog::info(
        "waiting for a last scrape of the metrics, no longer than {:g} s "
        "(metrics.prometheus.final_scrape_seconds)",
        final_scrape_seconds_);
  }

  const double final_scrape_seconds_;
  const bool writes_file_;
  const std::string sweep_;
  const std::string instance_;
  const std::shared_ptr<ScrapeSource> scrape_source_;
  std::optional<SweepMetrics> progress_;
  std::optional<RunMetrics> run_;
  std::filesystem::path directory_;  // of the run's files
  std::optional<OpenMetrics> record_;
  std::optional<Stopwatch> since_end_;      // of all runs
  std::optional<Stopwatch> since_written_;  // metrics.om on the way
  std::optional<FinalScrape> final_scrape_;
  std::optional<Pushgateway> gateway_;
  std::optional<Server> server_;
  std::optional<DiscoveryFile> discovery_;
};

}  // namespace

std::unique_ptr<Exporter> make_exporter(const MetricsOptions& options, const std::string& sweep, int group) {
  if (!options.prometheus.enabled && !options.open_metrics && options.pushgateway.address.empty())
    return nullptr;
  return std::make_unique<PrometheusExporter>(options, sweep, group);
}

}  // namespace cellsweep::metrics
