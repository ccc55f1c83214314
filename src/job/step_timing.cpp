#include "job/step_timing.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/fma_peak.h"
#include "comm/agreement.h"
#include "comm/ordered_communicator.h"
#include "job/run_memory.h"
#include "model/flops.h"
#include "train/trainer.h"

namespace cellsweep::job {
namespace {

constexpr std::int64_t more_than_enough = 1000000000;  // epochs

// Keeps what the trainer reports of its steps.
class StepRecorder final : public metrics::Observer {
 public:
  explicit StepRecorder(std::int64_t warm_up) : warm_up_(warm_up) {}

  std::string name() const override { return "bench"; }
  void on_step(const metrics::StepReport& report) override {
    ++all_steps_;
    if (report.global_step > warm_up_) steps.push_back(report);
  }
  void on_epoch_end(const metrics::EpochReport& report) override { epochs.push_back(report); }

  // Median over the steps.
  double milliseconds(double metrics::StepReport::*part) const {
    std::vector<double> values;
    for (const metrics::StepReport& step : steps) values.push_back(1e3 * step.*part);
    std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
    return values[values.size() / 2];
  }

  // The mean over all steps, with what lies between them: the order of an epoch, the wait for the last of its
  // steps.
  double mean_milliseconds() const {
    double seconds = 0;
    for (const metrics::EpochReport& epoch : epochs) seconds += epoch.seconds - epoch.evaluation_seconds;
    return 1e3 * seconds / static_cast<double>(all_steps_);
  }

  std::vector<metrics::StepReport> steps;
  std::vector<metrics::EpochReport> epochs;

 private:
  std::int64_t warm_up_;
  std::int64_t all_steps_ = 0;
};

// The field of a phase of step_phases.
constexpr double metrics::StepReport::*phase_seconds[] = {
    &metrics::StepReport::gather_seconds, &metrics::StepReport::forward_seconds,
    &metrics::StepReport::backward_seconds, &metrics::StepReport::all_reduce_seconds,
    &metrics::StepReport::update_seconds};

}  // namespace

StepTiming::StepTiming(std::string run_id, config::Config config, comm::Communicator& world,
                       SplitsCache& cache, const Compute& compute)
    : run_id_(std::move(run_id)),
      config_(std::move(config)),
      world_(world),
      ordered_(config_.parallel.reproducible ? comm::make_ordered_communicator(world) : nullptr),
      group_(ordered_ ? *ordered_ : world),
      splits_(cache.get(config_.data, world)),
      compute_(compute) {
  config_.train.early_stopping = {};
  config_.train.epochs = more_than_enough;
  config_.train.max_steps.reset();
  const int shards = comm::shards_per_rank(config_.parallel, world.size());
  comm::run_collectively(world, [&] {
    require_memory_of_run(memory_of_run(config_, splits_, world.size(), compute_.engine), config_,
                          compute_.host_ranks);
  });
  comm::run_collectively(world,
                         [&] { stepper_ = make_run_stepper(config_, splits_, shards, group_, compute_); });
}

nlohmann::ordered_json StepTiming::measure(std::int64_t steps, std::int64_t warm_up) {
  train::TrainOptions options = config_.train;
  options.max_steps = warm_up + steps;
  StepRecorder recorder(warm_up);
  const double peak_before = measure_fma_peak();
  train::run_training({options, config_.data.shuffle, splits_.train.samples, *stepper_, group_, recorder});
  const double peak = std::max(peak_before, measure_fma_peak());

  const double ms = recorder.milliseconds(&metrics::StepReport::seconds);
  const double samples = static_cast<double>(std::min(config_.train.batch_size, splits_.train.samples));
  const double gflops =
      model::training_flops_per_sample(config_.model, shape_of(splits_)) * samples / ms / 1e6;
  const double evaluation_rate =
      static_cast<double>(splits_.validation.samples) / recorder.epochs.front().evaluation_seconds;
  nlohmann::ordered_json json{{"run", run_id_},
                              {"cell", to_name(config_.model.cell)},
                              {"engine", to_name(compute_.engine)},
                              {"ranks", world_.size()},
                              {"steps", steps},
                              {"ms_per_step", ms},
                              {"mean_ms_per_step", recorder.mean_milliseconds()},
                              {"samples_per_second", 1e3 * samples / ms},
                              {"evaluation_samples_per_second", evaluation_rate},
                              {"gflops", gflops},
                              {"fma_peak_gflops", peak},
                              {"share_of_peak", gflops / (peak * world_.size())}};
  // A GPU's steps are timed by its own clock.
  if (compute_.device) json["gpu_ms_per_step"] = ms;
  for (std::size_t phase = 0; phase < std::size(step_phases); ++phase)
    json["parts"][step_phases[phase]] = recorder.milliseconds(phase_seconds[phase]);
  return json;
}

}  // namespace cellsweep::job
