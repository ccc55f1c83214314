#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/parse_number.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "comm/agreement.h"
#include "job/load_config.h"
#include "job/paths.h"
#include "job/step_timing.h"
#include "sweep/plan.h"

namespace cellsweep::cli {
namespace {

constexpr std::int64_t warm_up_steps = 30;

struct BenchOptions {
  std::int64_t steps = 300;
  bool as_json = false;
  bool blocks = false;  // then time what stdin asks for: a number of steps a line
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
  for (const char* phase : job::step_phases) {
    const double ms = json.at("parts").at(phase).get<double>();
    std::printf("  %-10s %8.3f ms %5.1f %%\n", phase, ms, 100 * ms / number("ms_per_step"));
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
void answer_lines(job::StepTiming& timing, bool as_json) {
  for (std::string line; std::getline(std::cin, line);) {
    const std::int64_t steps = parse_number<std::int64_t>(line).value_or(0);
    if (steps < 1)
      throw UserError("bench --blocks: expected a number of steps, at least 1, on each line of stdin, got '" +
                      line + "'");
    show(timing.measure(steps, 0), as_json);
  }
}

// Times training steps of every run of the file, and prints their phases beside the machine's peak.
// Collective. Leaves no files. Throws UserError or comm::CollectiveError if blocks are wanted on several
// ranks, of several runs or with something that is no number of steps.
ExitCode bench(const job::RunArguments& arguments, const BenchOptions& options, comm::MpiSession& session) {
  const config::Config config = job::load_config(arguments, session.world());
  job::prepare_process(config.parallel, session);
  comm::Communicator& world = session.world();
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
    job::StepTiming timing(run.run_id, one, world, cache, compute);
    const auto result = timing.measure(options.steps, warm_up_steps);
    if (world.rank() == 0) show(result, options.as_json);
    if (options.blocks) answer_lines(timing, options.as_json);
  }
  return ExitCode::done;
}

}  // namespace

Command add_bench_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("bench", "time training steps of the runs of a file");
  const auto arguments = std::make_shared<job::RunArguments>();
  const auto options = std::make_shared<BenchOptions>();
  add_file(*app, *arguments);
  app->add_option("--steps", options->steps, "how many steps are timed")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000000}))
      ->capture_default_str();
  app->add_flag("--json", options->as_json, "print JSON, an object a line");
  app->add_flag("--blocks", options->blocks,
                "then time so many steps more for each line of stdin, which holds their number");
  return {app, [arguments, options](comm::MpiSession& session) {
            const ExitCode code = bench(*arguments, *options, session);
            check_printed(session);
            return code;
          }};
}

}  // namespace cellsweep::cli
