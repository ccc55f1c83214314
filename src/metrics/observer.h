// What a run reports about itself.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/run_state.h"
#include "metrics/metric_values.h"

namespace cellsweep::metrics {

// A metric that a run has, in training and in validation.
struct MetricInfo {
  std::string name;     // Keras', of the training
  std::string meaning;  // "Share of hits (ratio)"
};

struct RunInfo {
  std::string sweep;
  std::string run_id;
  std::string cell;
  std::string engine;
  std::string version;                            // of cellsweep
  std::map<std::string, std::string> parameters;  // swept keys and their values in this run
  int ranks = 1;
  std::int64_t epochs = 0;
  std::int64_t steps_per_epoch = 0;
  std::int64_t steps_done = 0;  // before: the run resumes from there
  std::int64_t batch_size = 0;
  std::int64_t trainable_parameters = 0;
  std::vector<MetricInfo> metrics = {};
  std::string directory = {};  // of the run's files; empty if it leaves none
};

// After each step.
struct StepReport {
  std::int64_t epoch = 0;        // from 1
  std::int64_t step = 0;         // in the epoch, from 1
  std::int64_t global_step = 0;  // in the run, from 1
  std::int64_t samples = 0;      // of the whole batch
  double seconds = 0;            // of this step
  // Parts of `seconds`. Batch statistics are reduced within forward and backward.
  double gather_seconds = 0;
  double forward_seconds = 0;
  double backward_seconds = 0;
  double all_reduce_seconds = 0;  // of gradients
  double update_seconds = 0;
  double learning_rate = 0;
  // Over the epoch so far, of this rank's samples, as they were a moment ago; null until they have been
  // read back, which must not slow the step.
  std::shared_ptr<const MetricValues> metrics = {};
  std::int64_t all_reduce_bytes = 0;         // of gradients, that this rank gave in this step
  std::optional<double> gradient_norm = {};  // L2, of the mean gradient; in a few steps a second
};

// After each epoch, exact over all ranks. Names are Keras'.
struct EpochReport {
  std::int64_t epoch = 0;     // from 1
  std::int64_t step = 0;      // steps of the run so far
  MetricValues metrics = {};  // those of the training, then those of the validation
  double learning_rate = 0;
  double seconds = 0;             // training and evaluation
  double evaluation_seconds = 0;  // within `seconds`
  double samples_per_second = 0;  // training samples over training time
};

// What a rank of the group has spent since the run began.
struct RankReport {
  double compute_seconds = 0;     // forward, backward and update, without the waits within them
  double all_reduce_seconds = 0;  // of gradients and batch statistics: also the wait for slower ranks
  double data_seconds = 0;
  double resident_memory_bytes = 0;  // now
};

// A checkpoint of a run that was written.
struct CheckpointReport {
  std::int64_t bytes = 0;
  double seconds = 0;  // that writing took
};

struct RunSummary {
  RunState state = RunState::finished;  // a state in which it is not trained
  std::string reason;                   // why it ended early or failed; else empty
  double seconds = 0;
  std::int64_t epochs = 0;
  std::int64_t steps = 0;
};

// Is called on rank 0, on the training thread, in this order; must be quick.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual std::string name() const = 0;
  virtual void on_run_begin(const RunInfo&) {}
  virtual void on_step(const StepReport&) {}
  // Every rank of the group, in rank order: about once a second, and before an epoch's end is reported.
  virtual void on_ranks(std::span<const RankReport>) {}
  // The ranks no longer hold equal weights; the run is about to fail.
  virtual void on_replicas_differ() {}
  virtual void on_epoch_end(const EpochReport&) {}
  virtual void on_checkpoint(const CheckpointReport&) {}
  virtual void on_run_end(const RunSummary&) {}
};

// Reports to several observers. One that throws is warned about once and left out, and the run continues;
// what an essential one throws ends the run. Observers are not owned.
class ObserverList final : public Observer {
 public:
  enum class Need { optional, essential };
  void add(Observer& observer, Need need = Need::optional);
  std::string name() const override { return "observers"; }
  void on_run_begin(const RunInfo& info) override;
  void on_step(const StepReport& report) override;
  void on_ranks(std::span<const RankReport> ranks) override;
  void on_replicas_differ() override;
  void on_epoch_end(const EpochReport& report) override;
  void on_checkpoint(const CheckpointReport& report) override;
  void on_run_end(const RunSummary& summary) override;

 private:
  struct Entry {
    Observer* observer;
    Need need;
    bool failed = false;
  };
  template <class Call>
  void notify(Call call);
  std::vector<Entry> entries_;
};

}  // namespace cellsweep::metrics
