#include "job/failing_runs.h"

#include <spdlog/fmt/fmt.h>

#include <optional>

#include "base/error.h"

namespace cellsweep::job {

std::vector<std::string> find_failing_runs(const std::vector<sweep::PlannedRun>& runs, std::size_t most,
                                           std::set<std::string>& known,
                                           const std::function<void(const sweep::PlannedRun&)>& check) {
  std::optional<UserError> first;
  std::vector<std::string> lines;
  bool does_any_pass = false;
  for (std::size_t at = 0; at < runs.size() && (at < most || !does_any_pass); ++at) {
    const sweep::PlannedRun& run = runs[at];
    if (known.contains(run.run_id)) continue;
    try {
      check(run);
      does_any_pass = true;
    } catch (const UserError& error) {
      if (!first) first = error;
      lines.push_back(fmt::format("run {} will fail: {}", run.run_id, error.what()));
      known.insert(run.run_id);
    }
  }
  if (!does_any_pass && first) throw UserError(*first);
  return lines;
}

}  // namespace cellsweep::job
