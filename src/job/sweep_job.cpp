#include "job/sweep_job.h"

#include <spdlog/spdlog.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/signals.h"
#include "base/standard_streams.h"
#include "comm/agreement.h"
#include "comm/gather_texts.h"
#include "job/compute.h"
#include "job/conclude.h"
#include "job/idle_cores.h"
#include "job/load_config.h"
#include "job/paths.h"
#include "job/plan_check.h"
#include "job/preflight.h"
#include "job/run_outcome.h"
#include "job/shared_splits.h"
#include "job/sweep_folder.h"
#include "metrics/prometheus/exported_view.h"
#include "sweep/bayes/bayes_search.h"
#include "sweep/coordinator.h"
#include "sweep/message_loop.h"
#include "sweep/worker.h"
#include "terminal/sweep_view.h"

namespace cellsweep::job {
namespace {

// What only rank 0 has: the sweep's folder, what assigns the runs, and who watches.
struct CoordinatorState {
  SweepFolder folder;
  std::unique_ptr<sweep::Scheduler> scheduler;
  std::unique_ptr<metrics::SweepView> view;
  std::unique_ptr<sweep::Coordinator> coordinator;
};

class SweepJob {
 public:
  SweepJob(const RunArguments& arguments, const config::Config& config, comm::MpiSession& session)
      : arguments_(arguments),
        config_(config),
        session_(session),
        world_(session.world()),
        compute_(choose_compute(config, session)) {}

  ExitCode run() {
    report_compute();
    check_plan();
    load_data();
    // A signal until now ends this process at once; from here on there is something to save or to remove.
    signals_.emplace();
    open_exporter();
    open_folder();
    train_runs();
    return conclude();
  }

 private:
  int group() const { return plan_.groups.group_of(world_.rank()); }

  void report_compute() {
    spdlog::info("on a {} each rank, engine {}: {}", compute_.device_name(), to_name(compute_.engine),
                 compute_.engine_reason);
    if (compute_.device) return;
    const std::string idle = idle_cores(world_, config_.parallel.threads);
    if (!idle.empty()) spdlog::warn("{}", idle);
  }

  void check_plan() {
    comm::run_collectively(world_, [&] {
      plan_ = job::check_plan(config_, world_);
      check_paths(plan_.first, arguments_.file);
    });
  }

  void load_data() {
    const data::Splits& splits = cache_.load(plan_.first.data, world_);
    comm::run_collectively(world_, [&] { check_runs(config_, splits, compute_, world_.rank(), plan_); });
  }

  // The first rank of each group publishes the metrics of the group's runs.
  void open_exporter() {
    comm::run_collectively(world_, [&] {
      if (group() >= 0 && plan_.groups.leader_of(group()) == world_.rank())
        exporter_ = metrics::make_exporter(config_.metrics, config_.name, group());
    });
  }

  void open_folder() {
    mailbox_ = session_.make_mailbox();
    hosts_ = comm::gather_texts(world_, host_name());
    comm::on_rank_0(world_, [&] { make_coordinator(); });
    directory_ = comm::broadcast_text(world_, state_.folder.directory.string(), 0);
    lease_.emplace(directory_,
                   comm::broadcast_text(world_, state_.folder.lease ? state_.folder.lease->token() : "", 0));
  }

  void make_coordinator() {
    const std::size_t groups = plan_.groups.sizes.size();
    state_.folder = open_sweep_folder(arguments_, config_, plan_.options.metric, plan_.runs, world_.size());
    state_.folder.ledger->set_lease(*state_.folder.lease);
    state_.scheduler = std::make_unique<sweep::Scheduler>(
        plan_.options, plan_.longest, state_.folder.past, *state_.folder.ledger,
        sweep::make_bayes_search(plan_.options, config_.train.seed), groups);
    state_.view = metrics::make_exported_view(terminal::make_sweep_view(arguments_.progress, groups, stdout),
                                              exporter_.get());
    state_.coordinator = std::make_unique<sweep::Coordinator>(plan_.options.metric, plan_.groups, hosts_,
                                                              config_.parallel.timeout_seconds,
                                                              *state_.scheduler, *mailbox_, *state_.view);
  }

  void train_runs() {
    const auto ranks = world_.split(group() + 1, world_.rank());
    const double timeout = config_.parallel.timeout_seconds;
    const bool reports_first = world_.rank() == plan_.groups.sizes.front();
    sweep::Worker worker(*mailbox_, timeout, reports_first, hosts_.front());
    sweep::MessageLoop messages(*mailbox_, worker, state_.coordinator.get(),
                                group() < 0 ? nullptr : ranks.get(), timeout);
    const SweepContext context{config_.name,    directory_, *ranks,   worker,  messages,
                               exporter_.get(), cache_,     compute_, *lease_, *signals_};
    while (const auto assignment = messages.next_run())
      messages.ended(run_assignment(*assignment, config_, plan_.expected_failures, context, error_));
    messages.wait_for_end();
    world_.barrier();
  }

  ExitCode conclude() {
    const bool has_trained =
        comm::on_rank_0_for_all(world_, [&] { return state_.scheduler->has_assigned(); });
    // Without a run there are no final values.
    const int signal = wait_for_final_scrapes(has_trained ? exporter_.get() : nullptr, *signals_, world_);
    if (!config_.sweep && error_) std::rethrow_exception(error_);
    return comm::on_rank_0_for_all(
        world_, [&] { return report_outcome(*state_.scheduler, state_.folder.directory, signal); });
  }

  const RunArguments& arguments_;
  const config::Config& config_;
  comm::MpiSession& session_;
  comm::Communicator& world_;
  const Compute compute_;
  PlanSummary plan_;
  SplitsCache cache_;
  std::optional<SignalWatch> signals_;
  std::unique_ptr<metrics::Exporter> exporter_;  // null on all but the first ranks of groups
  std::unique_ptr<comm::Mailbox> mailbox_;
  std::vector<std::string> hosts_;  // of all ranks
  CoordinatorState state_;          // empty on all but rank 0
  std::string directory_;           // of the sweep
  std::optional<FolderLease> lease_;
  std::exception_ptr error_;  // of the last run of this group that failed or diverged
};

ExitCode print_config(const config::Config& config, comm::Communicator& world) {
  comm::on_rank_0(world, [&] {
    std::fputs(config::to_yaml(config).c_str(), stdout);
    check_standard_output();
  });
  return ExitCode::done;
}

}  // namespace

ExitCode run_sweep_job(const RunArguments& arguments, comm::MpiSession& session) {
  const config::Config config = load_config(arguments, session.world());
  if (arguments.print_config) return print_config(config, session.world());
  prepare_process(config.parallel, session);
  return SweepJob(arguments, config, session).run();
}

}  // namespace cellsweep::job
