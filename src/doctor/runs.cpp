#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <string>

#include "base/error.h"
#include "comm/gather_texts.h"
#include "comm/gpu/device.h"
#include "doctor/checks.h"
#include "engines/make_network.h"
#include "job/compute.h"
#include "job/failing_runs.h"
#include "job/outlines.h"
#include "job/paths.h"
#include "job/plan_check.h"
#include "job/preflight.h"
#include "metrics/prometheus/password.h"

namespace cellsweep::doctor {
namespace {

// Each throws UserError.
void check_engine(const config::Config& config) {
  const bool on_gpu = computes_on_gpu(config);
  if (config.parallel.device == comm::Device::cuda && !on_gpu) return;  // the check of devices says so
  engines::require_engine(engines::choose_engine(config.engine, config.parallel.reproducible, on_gpu).engine);
  if (!on_gpu) job::check_precision(config);
}

void check_passwords(const metrics::MetricsOptions& options) {
  if (!options.pushgateway.address.empty())
    metrics::read_password(options.pushgateway.basic_auth, "metrics.pushgateway.basic_auth");
  if (options.prometheus.enabled)
    metrics::read_password(options.prometheus.basic_auth, "metrics.prometheus.basic_auth");
}

void check_data_and_weights(const config::Config& config) {
  job::Outlines outlines;
  const data::Splits* splits = nullptr;
  try {
    splits = &outlines.get(config.data);
  } catch (const UserError&) {
    return;  // the check of the hosts' memory says so
  }
  job::check_data_fits(config, *splits);
  job::check_initial_weights(config.model, job::shape_of(*splits));
}

// Throws UserError if this rank cannot begin the run.
void check_run(const config::Config& config, const std::string& file, bool has_data) {
  job::check_paths(config, file);
  check_engine(config);
  if (has_data) check_data_and_weights(config);
}

// Fills in the plan. What this rank finds wrong with all runs; empty: nothing.
std::string problem_of(const JobTopology& topology, const config::Config& config, const std::string& file,
                       job::PlanSummary& plan) {
  const bool is_first = topology.world.rank() == 0;
  try {
    plan = job::check_plan(config, topology.world);
    if (is_first) check_passwords(config.metrics);
    const config::Config common = config::without_sweep(config);
    const auto warnings =
        job::find_failing_runs(plan.runs, 1, plan.expected_failures, [&](const sweep::PlannedRun& run) {
          check_run(config::with_assignments(common, run.parameters), file, is_first && !file.empty());
        });
    for (const std::string& warning : warnings)
      if (is_first) spdlog::warn("{}", warning);
    return "";
  } catch (const UserError& error) {
    return error.what();
  }
}

}  // namespace

bool computes_on_gpu(const config::Config& config) {
  const comm::Device device = config.parallel.device;
  const bool needs_host = config.parallel.reproducible || config.engine == model::Engine::fused;
  const bool may_choose = device == comm::Device::automatic && !needs_host;
  return (device == comm::Device::cuda || may_choose) && comm::visible_devices() > 0;
}

CheckResult check_runs(const JobTopology& topology, const config::Config& config, const std::string& file) {
  job::PlanSummary plan;
  const auto problems = comm::gather_texts(topology.world, problem_of(topology, config, file, plan));
  for (std::size_t rank = 0; rank < problems.size(); ++rank)
    if (!problems[rank].empty())
      return {Verdict::error,
              (rank == 0 ? "" : "rank " + std::to_string(rank) + " on " + topology.host_names[rank] + ": ") +
                  problems[rank],
              "as it is, the job ends before its first step: mend what is named here"};
  const std::size_t total = sweep::total_runs(plan.options, plan.runs.size());
  const std::string found = fmt::format("{} run(s), {} at a time", total, plan.groups.sizes.size());
  if (plan.expected_failures.empty()) return {Verdict::ok, found, ""};
  return {Verdict::warning, fmt::format("{}, of which {} will fail", found, plan.expected_failures.size()),
          "values that can be trained with; the log says what is wrong with these"};
}

}  // namespace cellsweep::doctor
