#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <numeric>
#include <set>
#include <thread>

#include "base/process.h"
#include "base/signals.h"
#include "base/standard_streams.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "cli/commands.h"
#include "comm/agreement.h"
#include "comm/gather_texts.h"
#include "job/execute.h"
#include "job/idle_cores.h"
#include "job/paths.h"
#include "job/preflight.h"
#include "job/resume.h"
#include "metrics/prometheus/exported_view.h"
#include "metrics/prometheus/exporter.h"
#include "sweep/bayes/bayes_search.h"
#include "sweep/coordinator.h"
#include "sweep/metric.h"
#include "sweep/scheduler.h"
#include "terminal/output.h"
#include "terminal/sweep_view.h"

namespace cellsweep::cli {
namespace {

// Where a group is silent, its watchdogs speak first: they know which of its ranks is missing. Where rank 0
// is, the first rank of another group does, or the first idle one, and then all. In seconds.
constexpr double watchdogs_lead = 2, first_ranks_lead = 1.5;

// What only rank 0 has: the sweep's folder, who gives out the runs, and who watches.
struct CoordinatorState {
  job::SweepFolder folder;
  std::unique_ptr<sweep::Scheduler> scheduler;
  std::unique_ptr<metrics::SweepView> view;
  std::unique_ptr<sweep::Coordinator> coordinator;
};

// What the runs of a plan have in common.
struct PlanSummary {
  config::Config first{};             // run that is permitted
  std::int64_t longest = 0;           // the most epochs of a run
  std::set<std::string> will_fail{};  // ids of runs of which that was said
};

// Problems of the configuration and of the data are found before the first step of the first run. A
// combination of values that is not permitted costs its run, which fails when its turn comes; where all are
// like that, nothing begins.
std::vector<sweep::PlannedRun> check_plan(const config::Config& config, const sweep::SweepOptions& options,
                                          const comm::Communicator& world, PlanSummary& look) {
  std::vector<sweep::PlannedRun> runs = sweep::plan_runs(options, config.train.seed);
  const std::size_t total = sweep::total_runs(options, runs.size());
  if (const std::string note = sweep::shortfall(options, total); !note.empty() && world.rank() == 0)
    spdlog::warn("{}", note);
  for (const int size : comm::group_sizes(config.parallel, world.size(), total))
    comm::shards_per_rank(config.parallel, size);
  std::optional<std::string> first_problem;
  std::vector<std::string> warnings;
  bool is_any_right = false;
  const config::Config common = config::without_sweep(config);
  for (const sweep::PlannedRun& run : runs) try {
      const config::Config one = config::with_assignments(common, run.parameters);
      if (!is_any_right) look.first = one;
      look.longest = std::max(look.longest, one.train.epochs);
      is_any_right = true;
    } catch (const UserError& error) {
      if (!first_problem) first_problem = error.what();
      warnings.push_back(fmt::format("run {} will fail: {}", run.run_id, error.what()));
      look.will_fail.insert(run.run_id);
    }
  if (!is_any_right) throw UserError(*first_problem);
  for (const std::string& warning : warnings)
    if (world.rank() == 0) spdlog::warn("{}", warning);
  return runs;
}

std::string reason_of(const SignalWatch& signals) {
  const int signal = signals.received();
  return signal == 0 ? "interrupted by a signal to another rank"
                     : std::string("interrupted by ") + signal_name(signal);
}

// One run of this group; how it ended. The error of a run that failed is also left in `error`.
sweep::RunOutcome train_one(const sweep::RunAssignment& assignment, const config::Config& config,
                            const PlanSummary& look, job::SweepContext& context, std::exception_ptr& error) {
  const Stopwatch clock;
  try {
    config::Config one;
    comm::run_collectively(context.group,
                           [&] { one = config::with_assignments(config, assignment.run.parameters); });
    const train::RunResult result = job::execute_run(assignment, one, context);
    const bool is_interrupted = result.stopped_by == train::StopWish::interrupt;
    return {.status = job::status_of(result),
            .seconds = result.seconds,
            .reason = is_interrupted ? reason_of(context.signals) : result.reason};
  } catch (const train::DivergedError& diverged) {
    error = std::current_exception();
    // Of a run without a sweep it is the program's last word.
    if (config.sweep && context.group.rank() == 0)
      spdlog::warn("run {} diverged: {}", assignment.run.run_id, diverged.what());
    return {.status = "diverged", .seconds = clock.seconds(), .reason = diverged.what()};
  } catch (const comm::CollectiveError& failed) {
    error = std::current_exception();
    const bool is_told = !config.sweep || look.will_fail.contains(assignment.run.run_id);
    if (!is_told && context.group.rank() == 0)
      spdlog::error("run {} failed: {}", assignment.run.run_id, failed.what());
    return {.status = "failed",
            .seconds = clock.seconds(),
            .reason = failed.what(),
            .is_permanent = failed.code() == ExitCode::bad_input};
  }
}

// Until a signal arrives, the one that any rank has got; 0: none has. Ranks that have nothing to wait for ask
// now and then, so that none is taken for dead meanwhile.
std::int64_t wait_for_last_scrapes(metrics::Exporter* exporter, const SignalWatch& signals,
                                   comm::Communicator& world) {
  constexpr std::chrono::milliseconds nap{20};
  for (;; std::this_thread::sleep_for(nap)) {
    std::array<std::int64_t, 2> news{signals.received(), 0};
    if (news[0] == 0 && exporter != nullptr && exporter->awaits_last_scrape()) news[1] = 1;
    world.all_reduce(std::span<std::int64_t>(news), comm::Reduction::max);
    if (news[0] != 0 || news[1] == 0) return news[0];
  }
}

// What became of the sweep, for people and as the exit code, the same on every rank. `signal`: that arrived,
// or 0.
ExitCode conclude(const CoordinatorState& state, std::int64_t signal, comm::Communicator& world) {
  ExitCode code = ExitCode::done;
  if (state.scheduler) {
    const sweep::Counts counts = state.scheduler->counts();
    const std::size_t lost = counts.failed + counts.diverged;
    terminal::Output(stdout).print("runs are in " + printable(state.folder.directory.string()) + "\n");
    if (lost > 0) {
      spdlog::error("{} of {} runs failed or diverged", lost, counts.total());
      code = ExitCode::some_runs_failed;
    }
    if (state.scheduler->is_exhausted())
      spdlog::warn(
          "the search ended after {} run(s): it found no further point that differs from all of them",
          counts.total());
    if (counts.planned > 0)
      spdlog::warn("{} run(s) were not begun: {}", counts.planned, state.scheduler->reason_to_end());
    if (counts.interrupted > 0) {
      spdlog::warn("{}: {} run(s) stopped on the way; go on with: cellsweep run --resume {}",
                   signal_name(static_cast<int>(signal)), counts.interrupted,
                   state.folder.directory.string());
      code = ended_by_signal(static_cast<int>(signal));
    }
  }
  world.broadcast(std::as_writable_bytes(std::span(&code, 1)), 0);
  return code;
}

}  // namespace

ExitCode run(const job::RunArguments& arguments, comm::MpiSession& session) {
  const config::Config config = job::load_together(arguments, session.world());
  if (arguments.print_config) {
    comm::run_collectively(session.world(), [&] {
      if (session.world().rank() != 0) return;
      std::fputs(config::to_yaml(config).c_str(), stdout);
      check_standard_output();
    });
    return ExitCode::done;
  }
  job::prepare_process(config.parallel, session);
  comm::Communicator& world = session.world();
  const job::Compute compute = job::choose_compute(config, session);
  spdlog::info("on a {} each rank, engine {}: {}", compute.device_name(), to_name(compute.engine.engine),
               compute.engine.reason);

  const std::string idle_cores_text = compute.device ? "" : job::idle_cores(world, config.parallel.threads);
  if (!idle_cores_text.empty()) spdlog::warn("{}", idle_cores_text);

  const sweep::SweepOptions options = config::sweep_of(config);
  if (config.sweep && world.rank() == 0)
    for (const std::string& doubt : sweep::doubts(options.metric)) spdlog::warn(doubt);
  std::vector<sweep::PlannedRun> runs;
  PlanSummary look;
  comm::run_collectively(world, [&] { runs = check_plan(config, options, world, look); });
  comm::run_collectively(world, [&] { job::check_paths(look.first, arguments.file); });
  job::SplitsCache cache;
  const data::Splits& splits = cache.load(look.first.data, world);

  // A run without a sweep is trained by all.
  const sweep::Groups groups{
      config.sweep ? comm::group_sizes(config.parallel, world.size(), sweep::total_runs(options, runs.size()))
                   : std::vector<int>{world.size()}};
  const int idle = world.size() - std::accumulate(groups.sizes.begin(), groups.sizes.end(), 0);
  if (idle > 0 && world.rank() == 0)
    spdlog::warn("{} of {} ranks are idle: parallel.ranks_per_run is {}", idle, world.size(),
                 config.parallel.ranks_per_run);
  comm::run_collectively(world, [&] {
    job::check_runs(config, runs, look.first.data, splits, groups.sizes.front(), world.rank(), compute,
                    look.will_fail);
  });
  // A signal until now has ended this process at once; from here on there is something to save or to remove.
  const SignalWatch signals;
  // The first rank of each group tells of the runs that it trains.
  const int mine = groups.group_of(world.rank());
  std::unique_ptr<metrics::Exporter> exporter;
  comm::run_collectively(world, [&] {
    if (mine >= 0 && groups.leader_of(mine) == world.rank())
      exporter = metrics::make_exporter(config.metrics, config.name, mine);
  });
  const auto mailbox = session.make_mailbox();
  const double longest_silence = config.parallel.timeout_seconds + watchdogs_lead;
  const std::vector<std::string> hosts = comm::gather_texts(world, host_name());
  CoordinatorState state;
  comm::run_collectively(world, [&] {
    if (world.rank() != 0) return;
    state.folder = job::open_sweep_folder(arguments, config, options.metric, runs, world.size());
    state.folder.ledger->obey(*state.folder.lease);
    state.scheduler = std::make_unique<sweep::Scheduler>(
        options, look.longest, state.folder.past, *state.folder.ledger,
        sweep::make_bayes_search(options, config.train.seed), groups.sizes.size());
    state.view = metrics::make_exported_view(
        terminal::make_sweep_view(arguments.progress, groups.sizes.size(), stdout), exporter.get());
    state.coordinator = std::make_unique<sweep::Coordinator>(options.metric, groups, hosts, longest_silence,
                                                             *state.scheduler, *mailbox, *state.view);
  });
  const std::string directory = comm::broadcast_text(world, state.folder.directory.string(), 0);
  const FolderLease lease(
      directory, comm::broadcast_text(world, state.folder.lease ? state.folder.lease->token() : "", 0));

  const auto group = world.split(mine + 1, world.rank());
  const double patience = longest_silence + (world.rank() == groups.sizes.front() ? 0 : first_ranks_lead);
  sweep::Worker worker(*mailbox, mine < 0 ? nullptr : group.get(), patience, state.coordinator.get(),
                       hosts.front());

  job::SweepContext context{config.name, directory, *group, worker, exporter.get(),
                            cache,       compute,   lease,  signals};
  std::exception_ptr error;
  while (const auto assignment = worker.next())
    worker.ended(train_one(*assignment, config, look, context, error));
  worker.wait_for_end();
  world.barrier();
  const std::int64_t signal = wait_for_last_scrapes(exporter.get(), signals, world);
  if (!config.sweep && error) std::rethrow_exception(error);
  return conclude(state, signal, world);
}

}  // namespace cellsweep::cli
