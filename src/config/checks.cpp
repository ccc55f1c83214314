// The part of Reader that looks at several keys together.
#include <algorithm>
#include <tuple>

#include "config/reader.h"
#include "config/spelling.h"
#include "metrics/prometheus/address_checks.h"

namespace cellsweep::config {

void Reader::check_together() {
  if (!is_readable_) return;
  fill_in_metric();
  check_npy_files();
  check_clipping();
  check_schedule();
  check_metric_names();
  check_reproducible();
  check_device();
  check_metrics();
  check_urls();
  settle_conditions();
  check_sweep();
}

void Reader::report(const std::vector<std::string>& keys, const std::string& message) const {
  SourceLocation last;
  for (const std::string& key : keys) {
    if (is_refused(key) || (config_.sweep && config_.sweep->parameters.contains(key))) return;
    const auto written = locations_.find(key);
    if (written == locations_.end()) continue;
    const auto rank = [](const SourceLocation& p) {
      return std::tuple(!p.assignment.empty(), p.file, p.line, p.column);
    };
    if (rank(last) <= rank(written->second)) last = written->second;
  }
  diagnostics_.add(last, message);
}

void Reader::check_npy_files() const {
  if (config_.data.format != data::Format::npy) return;
  const std::vector<std::string> files{"data.train.inputs", "data.train.labels", "data.validation.inputs",
                                       "data.validation.labels"};
  for (const std::string& file : files)
    if (std::holds_alternative<std::monostate>(find_option(file)->get(config_)))
      report({"data.format", file}, "data.format npy needs " + file);
}

void Reader::check_clipping() const {
  const std::vector<std::string> all{"train.optimizer.clipnorm", "train.optimizer.global_clipnorm",
                                     "train.optimizer.clipvalue"};
  const auto given = std::count_if(all.begin(), all.end(), [&](const std::string& key) {
    return !std::holds_alternative<std::monostate>(find_option(key)->get(config_));
  });
  if (given > 1) report(all, "only one of " + joined(all) + " can be given");
}

void Reader::check_schedule() const {
  if (config_.train.schedule.name == train::ScheduleName::step && !config_.train.schedule.decay_steps)
    report({"train.schedule.name", "train.schedule.decay_steps"},
           "train.schedule.name step needs train.schedule.decay_steps");
}

void Reader::check_reproducible() const {
  if (!config_.parallel.reproducible) return;
  if (!config_.parallel.synchronize_batch_norm)
    report({"parallel.reproducible", "parallel.synchronize_batch_norm"},
           "parallel.reproducible needs parallel.synchronize_batch_norm: statistics of each rank's own slice "
           "depend on the number of ranks");
  if (config_.engine == model::Engine::torch || config_.engine == model::Engine::cudnn)
    report({"parallel.reproducible", "parallel.engine"},
           "parallel.reproducible needs parallel.engine fused or auto: " +
               std::string(to_name(config_.engine)) + " does not fix the order of additions");
  if (config_.parallel.device == comm::Device::cuda)
    report({"parallel.reproducible", "parallel.device"},
           "parallel.reproducible needs parallel.device cpu or auto: sums over GPUs depend on their number");
}

void Reader::check_device() const {
  const comm::ParallelOptions& parallel = config_.parallel;
  const bool is_rounded = parallel.gradients == comm::GradientType::bfloat16;
  if (is_rounded && parallel.backend == comm::Backend::mpi)
    report({"parallel.gradients", "parallel.backend"},
           "parallel.gradients bfloat16 needs parallel.backend nccl or auto");
  if (parallel.device == comm::Device::cuda && config_.engine == model::Engine::fused)
    report({"parallel.device", "parallel.engine"},
           "parallel.engine fused computes on CPUs; parallel.device cuda needs cudnn, torch or auto");
  if (parallel.device != comm::Device::cpu) return;
  const auto report_gpu_only = [this](const std::string& key) {
    report({"parallel.device", key}, key + ": this value is for GPUs, but parallel.device is cpu");
  };
  if (config_.engine == model::Engine::cudnn) report_gpu_only("parallel.engine");
  if (parallel.backend == comm::Backend::nccl) report_gpu_only("parallel.backend");
  if (is_rounded) report_gpu_only("parallel.gradients");
  if (config_.train.precision != train::Precision::f32) report_gpu_only("train.precision");
}

void Reader::check_metrics() const {
  const metrics::MetricsOptions& options = config_.metrics;
  const auto check = [this](const std::string& key, const std::string& diagnostic) {
    if (!diagnostic.empty()) report({key}, key + ": " + diagnostic);
  };
  check("metrics.prometheus.address", metrics::listen_address_problem(options.prometheus.address));
  if (!options.pushgateway.address.empty())
    check("metrics.pushgateway.address", metrics::gateway_address_problem(options.pushgateway.address));
  for (const auto& [section, auth] :
       {std::pair("metrics.prometheus.basic_auth", options.prometheus.basic_auth),
        std::pair("metrics.pushgateway.basic_auth", options.pushgateway.basic_auth)}) {
    const std::string username = std::string(section) + ".username";
    if (auth.username.empty() != auth.password_file.empty())
      report({username, std::string(section) + ".password_file"},
             std::string(section) + " needs both username and password_file");
    if (auth.username.find(':') != std::string::npos)
      report({username},
             username + ": must have no colon, at which HTTP's basic authentication ends the name");
  }
}

// Whatever is in the config goes into each run's files, the log and the report.
void Reader::check_urls() const {
  for (const Option& option : options()) {
    if (option.key == "metrics.pushgateway.address") continue;  // its own check says where they belong
    const Value value = option.get(config_);
    const std::string* const text = std::get_if<std::string>(&value);
    if (text != nullptr && without_userinfo(*text) != *text)
      report({option.key}, option.key +
                               ": has a user and a password in it, which would be in every file of a "
                               "run; take them out");
  }
}

}  // namespace cellsweep::config
