// The part of Reader that looks at several keys together.
#include <algorithm>
#include <tuple>

#include "config/reader.h"

namespace cellsweep::config {

void Reader::check_together() const {
  if (!is_readable_) return;
  check_npy_files();
  check_clipping();
  check_schedule();
  check_reproducible();
  check_basic_auth();
  check_sweep();
}

void Reader::report(const std::vector<std::string>& keys, const std::string& message) const {
  Place last;
  for (const std::string& key : keys) {
    if (misfits_.contains(key) || (config_.sweep && config_.sweep->parameters.contains(key))) return;
    const auto written = places_.find(key);
    if (written == places_.end()) continue;
    const auto rank = [](const Place& p) { return std::tuple(!p.assignment.empty(), p.line, p.column); };
    if (rank(last) <= rank(written->second)) last = written->second;
  }
  problems_.add(last, message);
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
           "parallel.reproducible needs parallel.synchronize_batch_norm: statistics of each rank's own share "
           "depend on the number of ranks");
  if (config_.engine == model::Engine::torch)
    report({"parallel.reproducible", "parallel.engine"},
           "parallel.reproducible needs parallel.engine fused or auto: torch does not fix the order of "
           "additions");
}

void Reader::check_basic_auth() const {
  const auto& auth = config_.metrics.prometheus.basic_auth;
  if (auth.username.empty() != auth.password_file.empty())
    report({"metrics.prometheus.basic_auth.username", "metrics.prometheus.basic_auth.password_file"},
           "metrics.prometheus.basic_auth needs both username and password_file");
}

}  // namespace cellsweep::config
