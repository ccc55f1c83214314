#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/fma_peak.h"
#include "base/text.h"
#include "cli/commands.h"
#include "comm/agreement.h"
#include "comm/ordered_communicator.h"
#include "job/execute.h"
#include "job/paths.h"
#include "job/run_memory.h"
#include "model/flops.h"

namespace cellsweep::cli {
namespace {

constexpr std::int64_t warm_up_steps = 30;
constexpr std::int64_t more_than_enough = 1000000000;  // epochs

// Keeps what the trainer tells of its steps.
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

  // Of all steps, with what lies between them: the order of an epoch, the wait for the last of its steps.
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

struct Part {
  const char* name;
  double metrics::StepReport::*seconds;
};
constexpr Part parts[] = {{"gather", &metrics::StepReport::gather_seconds},
                          {"forward", &metrics::StepReport::forward_seconds},
                          {"backward", &metrics::StepReport::backward_seconds},
                          {"all_reduce", &metrics::StepReport::all_reduce_seconds},
                          {"update", &metrics::StepReport::update_seconds}};

// A run that is timed as often as wanted.
class Bench {
 public:
  // Collective.
  Bench(std::string run_id, config::Config config, comm::Communicator& world, job::SplitsCache& cache,
        const job::Compute& compute)
      : run_id_(std::move(run_id)),
        config_(std::move(config)),
        world_(world),
        ordered_(comm::make_ordered_communicator(world)),
        group_(config_.parallel.reproducible ? *ordered_ : world),
        shards_(comm::shards_per_rank(config_.parallel, world.size())),
        splits_(cache.get(config_.data, world)),
        compute_(compute) {
    config_.train.early_stopping = {};
    config_.train.epochs = more_than_enough;
    config_.train.max_steps.reset();
    comm::run_collectively(world, [&] {
      job::require_memory_of_run(job::memory_of_run(config_, splits_, world.size(), compute_.engine.engine),
                                 config_, compute_.host_ranks);
    });
    comm::run_collectively(
        world, [&] { stepper_ = job::make_run_stepper(config_, splits_, shards_, group_, compute_); });
  }

  // Collective: `steps` steps, after `warm_up` others.
  nlohmann::ordered_json measure(std::int64_t steps, std::int64_t warm_up) {
    train::TrainOptions options = config_.train;
    options.max_steps = warm_up + steps;
    StepRecorder recorder(warm_up);
    const double peak_before = measure_fma_peak();
    train::run_training({options, config_.data.shuffle, splits_.train.samples, *stepper_, group_, recorder});
    return describe(recorder, steps, std::max(peak_before, measure_fma_peak()));
  }

 private:
  nlohmann::ordered_json describe(const StepRecorder& recorder, std::int64_t steps, double peak) const {
    const double ms = recorder.milliseconds(&metrics::StepReport::seconds);
    const double samples = static_cast<double>(std::min(config_.train.batch_size, splits_.train.samples));
    const double gflops =
        model::training_flops_per_sample(config_.model, job::shape_of(splits_)) * samples / ms / 1e6;
    const double evaluation_rate =
        static_cast<double>(splits_.validation.samples) / recorder.epochs.front().evaluation_seconds;
    nlohmann::ordered_json json{{"run", run_id_},
                                {"cell", to_name(config_.model.cell)},
                                {"engine", to_name(compute_.engine.engine)},
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
    for (const Part& part : parts) json["parts"][part.name] = recorder.milliseconds(part.seconds);
    return json;
  }

  std::string run_id_;
  config::Config config_;
  comm::Communicator& world_;
  std::unique_ptr<comm::Communicator> ordered_;
  comm::Communicator& group_;
  std::int64_t shards_;
  const data::Splits& splits_;
  const job::Compute& compute_;
  std::unique_ptr<train::Stepper> stepper_;
};

void print(const nlohmann::ordered_json& json) {
  const auto number = [&](const char* key) { return json.at(key).get<double>(); };
  std::printf("%s: %s, %s engine, %d rank(s), %d steps\n",
              printable(json.at("run").get<std::string>()).c_str(),
              json.at("cell").get<std::string>().c_str(), json.at("engine").get<std::string>().c_str(),
              json.at("ranks").get<int>(), json.at("steps").get<int>());
  std::printf("  %.3f ms/step, %.0f samples/s (evaluation: %.0f samples/s)\n", number("ms_per_step"),
              number("samples_per_second"), number("evaluation_samples_per_second"));
  std::printf("  %.1f GFLOP/s, %.0f %% of the multiply-add peak, which is %.1f GFLOP/s a core\n",
              number("gflops"), 100 * number("share_of_peak"), number("fma_peak_gflops"));
  for (const Part& part : parts) {
    const double ms = json.at("parts").at(part.name).get<double>();
    std::printf("  %-10s %8.3f ms %5.1f %%\n", part.name, ms, 100 * ms / number("ms_per_step"));
  }
}

void show(const nlohmann::ordered_json& result, bool as_json) {
  if (as_json)
    std::printf("%s\n", escape_unprintable(result.dump()).c_str());
  else
    print(result);
  std::fflush(stdout);
}

// A block for each line of stdin, which holds its number of steps, until there are no more.
void answer_lines(Bench& bench, bool as_json) {
  for (std::string line; std::getline(std::cin, line);) {
    std::int64_t steps = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), steps);
    if (error != std::errc() || end != line.data() + line.size() || steps < 1)
      throw UserError("bench --blocks: expected a number of steps, at least 1, on each line of stdin, got '" +
                      line + "'");
    show(bench.measure(steps, 0), as_json);
  }
}

}  // namespace

ExitCode bench(const job::RunArguments& arguments, const BenchOptions& options, comm::MpiSession& session) {
  comm::Communicator& world = session.world();
  const config::Config config = job::load_together(arguments, world);
  job::prepare_process(config.parallel, session);
  const auto runs = sweep::plan_runs(config.sweep.value_or(sweep::SweepOptions{}), config.train.seed);
  if (options.blocks && (world.size() > 1 || runs.size() > 1))
    throw comm::CollectiveError("bench --blocks is for one rank and a file of one run, not " +
                                    std::to_string(world.size()) + " rank(s) and " +
                                    std::to_string(runs.size()) + " run(s)",
                                ExitCode::bad_input);
  const job::Compute compute = job::choose_compute(config, session);
  job::SplitsCache cache;
  const config::Config common = config::without_sweep(config);
  for (const sweep::PlannedRun& run : runs) {
    const config::Config one = config::with_assignments(common, run.parameters);
    comm::run_collectively(world, [&] { job::check_paths(one, arguments.file); });
    Bench bench(run.run_id, one, world, cache, compute);
    const auto result = bench.measure(options.steps, warm_up_steps);
    if (world.rank() == 0) show(result, options.as_json);
    if (options.blocks) answer_lines(bench, options.as_json);
  }
  return ExitCode::done;
}

}  // namespace cellsweep::cli
