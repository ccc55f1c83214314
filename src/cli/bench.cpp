#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/fma_peak.h"
#include "cli/commands.h"
#include "cli/execute.h"
#include "comm/agreement.h"
#include "comm/ordered_communicator.h"
#include "model/flops.h"

namespace cellsweep::cli {
namespace {

constexpr std::int64_t warm_up_steps = 30;

// Keeps what the trainer tells of its steps.
class StepRecorder final : public metrics::Observer {
 public:
  std::string name() const override { return "bench"; }
  void on_step(const metrics::StepReport& report) override {
    if (report.global_step > warm_up_steps) steps.push_back(report);
  }
  void on_epoch_end(const metrics::EpochReport& report) override { epochs.push_back(report); }

  // Median over the steps.
  double milliseconds(double metrics::StepReport::*part) const {
    std::vector<double> values;
    for (const metrics::StepReport& step : steps) values.push_back(1e3 * step.*part);
    std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
    return values[values.size() / 2];
  }

  std::vector<metrics::StepReport> steps;
  std::vector<metrics::EpochReport> epochs;
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

nlohmann::ordered_json measure(const std::string& run_id, const config::Config& config, std::int64_t steps,
                               comm::Communicator& world, ProblemCache& cache, const Compute& compute) {
  const auto ordered = comm::make_ordered_communicator(world);
  comm::Communicator& group = config.parallel.reproducible ? *ordered : world;
  const int shards = comm::shards_per_rank(config.parallel, world.size());
  const data::Problem* problem = nullptr;
  problem = &cache.get(config.data, world);
  config::Config bounded = config;
  train::TrainOptions& options = bounded.train;
  options.max_steps = warm_up_steps + steps;
  options.epochs = *options.max_steps;  // more than enough
  options.early_stopping = {};
  std::unique_ptr<train::Stepper> stepper;
  comm::together(world, [&] { stepper = make_run_stepper(bounded, *problem, shards, group, compute); });

  StepRecorder recorder;
  const double peak_before = measure_fma_peak();
  train::train({options, config.data.shuffle, problem->train.samples, *stepper, group, recorder});
  const double peak = std::max(peak_before, measure_fma_peak());

  const double ms = recorder.milliseconds(&metrics::StepReport::seconds);
  const double samples = static_cast<double>(std::min(options.batch_size, problem->train.samples));
  const double gflops =
      model::training_flops_per_sample(config.model, problem_shape(*problem)) * samples / ms / 1e6;
  const double evaluation_rate =
      static_cast<double>(problem->validation.samples) / recorder.epochs.front().evaluation_seconds;
  nlohmann::ordered_json json{{"run", run_id},
                              {"cell", to_name(config.model.cell)},
                              {"engine", to_name(compute.engine.engine)},
                              {"ranks", world.size()},
                              {"steps", steps},
                              {"ms_per_step", ms},
                              {"samples_per_second", 1e3 * samples / ms},
                              {"evaluation_samples_per_second", evaluation_rate},
                              {"gflops", gflops},
                              {"fma_peak_gflops", peak},
                              {"share_of_peak", gflops / (peak * world.size())}};
  for (const Part& part : parts) json["parts"][part.name] = recorder.milliseconds(part.seconds);
  return json;
}

void print(const nlohmann::ordered_json& json) {
  const auto number = [&](const char* key) { return json.at(key).get<double>(); };
  std::printf("%s: %s, %s engine, %d rank(s), %d steps\n", json.at("run").get<std::string>().c_str(),
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

}  // namespace

ExitCode bench(const RunArguments& arguments, std::int64_t steps, bool as_json, comm::MpiSession& session) {
  comm::Communicator& world = session.world();
  const config::Config config = load_together(arguments, world);
  prepare_process(config.parallel, session);
  const Compute compute = choose_compute(config, session);
  ProblemCache cache;
  for (const sweep::PlannedRun& run :
       sweep::plan_runs(config.sweep.value_or(sweep::SweepOptions{}), config.train.seed)) {
    const auto result =
        measure(run.run_id, config::with_assignments(config, run.parameters), steps, world, cache, compute);
    if (world.rank() != 0) continue;
    if (as_json)
      std::printf("%s\n", result.dump().c_str());
    else
      print(result);
    std::fflush(stdout);
  }
  return ExitCode::done;
}

}  // namespace cellsweep::cli
