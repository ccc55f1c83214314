#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>

#include "base/file.h"
#include "base/stopwatch.h"
#include "cli/commands.h"
#include "cli/execute.h"
#include "cli/output.h"
#include "comm/agreement.h"
#include "metrics/prometheus.h"
#include "model/network.h"
#include "sweep/ledger.h"
#include "sweep/plan.h"

namespace cellsweep::cli {
namespace {

// What only rank 0 has: the sweep's folder and those who watch.
struct Desk {
  std::filesystem::path directory;
  std::unique_ptr<sweep::Ledger> ledger;
  std::unique_ptr<metrics::Observer> terminal;
  std::unique_ptr<metrics::Observer> prometheus;
  metrics::ObserverList observers;
};

Desk open_desk(const config::Config& config, const sweep::SweepOptions& options,
               const std::vector<sweep::PlannedRun>& runs, metrics::Progress progress) {
  Desk desk;
  desk.directory = make_sweep_directory(config.output.directory, config.name);
  try {
    write_file(desk.directory / "sweep.yaml", config::to_yaml(config));
    desk.ledger = std::make_unique<sweep::Ledger>(desk.directory / "ledger.jsonl");
    desk.ledger->planned(config.name, options.metric, runs);
  } catch (const UserError&) {
    throw;
  } catch (const Error& error) {
    throw UserError(std::string(error.what()) + "; name another folder with --output");
  }
  desk.terminal = metrics::make_terminal_observer(progress, stdout);
  desk.observers.add(*desk.terminal);
  desk.prometheus = metrics::make_prometheus_observer(config.metrics.prometheus);
  if (desk.prometheus) desk.observers.add(*desk.prometheus);
  return desk;
}

// Problems of the configuration and of the data are found before the first step of the first run.
std::vector<sweep::PlannedRun> check_plan(const config::Config& config, const sweep::SweepOptions& options,
                                          comm::Communicator& world, ProblemCache& cache) {
  std::vector<sweep::PlannedRun> runs;
  comm::together(world, [&] {
    if (config.parallel.device == comm::Device::cuda)
      throw UserError("parallel.device: this version trains on CPUs; set it to cpu or auto");
    runs = sweep::plan_runs(options);
    for (const sweep::PlannedRun& run : runs)
      comm::shards_per_rank(config::with_assignments(config, run.parameters).parallel, world.size());
    cache.get(config::with_assignments(config, runs.front().parameters).data);
  });
  return runs;
}

}  // namespace

ExitCode run(const RunArguments& arguments, comm::MpiSession& session) {
  comm::Communicator& world = session.world();
  const config::Config config = load_together(arguments, world);
  if (arguments.print_config) {
    if (world.rank() == 0) std::fputs(config::to_yaml(config).c_str(), stdout);
    return ExitCode::done;
  }
  prepare_process(config.parallel, session);

  const model::EngineChoice engine = model::choose_engine(config.engine, config.parallel.reproducible);
  spdlog::info("engine {}: {}", to_name(engine.engine), engine.reason);

  const sweep::SweepOptions options = config.sweep.value_or(sweep::SweepOptions{});
  ProblemCache cache;
  const std::vector<sweep::PlannedRun> runs = check_plan(config, options, world, cache);
  Desk desk;
  comm::together(world, [&] {
    if (world.rank() == 0) desk = open_desk(config, options, runs, arguments.progress);
  });

  SweepContext context{config.name, desk.directory, world, desk.observers, cache};
  std::size_t failed = 0;
  for (const sweep::PlannedRun& planned : runs) {
    const Stopwatch clock;
    const config::Config one = config::with_assignments(config, planned.parameters);
    const auto note = [&](const auto& write) {
      comm::together(world, [&] {
        if (desk.ledger) write(*desk.ledger);
      });
    };
    note([&](sweep::Ledger& ledger) {
      ledger.started(planned.run_id, std::string(to_name(one.model.cell)), world.size());
    });
    try {
      const train::RunResult result = execute_run(planned, one, context);
      note([&](sweep::Ledger& ledger) { ledger.finished(planned.run_id, clock.seconds(), result.reason); });
    } catch (const comm::AgreedError& error) {
      ++failed;
      note([&](sweep::Ledger& ledger) { ledger.failed(planned.run_id, clock.seconds(), error.what()); });
      if (!config.sweep) throw;
      if (world.rank() == 0) spdlog::error("run {} failed: {}", planned.run_id, error.what());
    }
  }
  if (world.rank() == 0) std::printf("runs are in %s\n", desk.directory.c_str());
  if (failed == 0) return ExitCode::done;
  if (world.rank() == 0) spdlog::error("{} of {} runs failed", failed, runs.size());
  return ExitCode::some_runs_failed;
}

}  // namespace cellsweep::cli
