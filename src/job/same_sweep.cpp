#include "job/same_sweep.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/option.h"

namespace cellsweep::job {
namespace {

// Whether each run's id begins with its number, as plans make them: 001-lstm.
bool are_numbered(const std::vector<sweep::LedgerRun>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const std::string& id = runs[i].planned.run_id;
    const std::string_view number = std::string_view(id).substr(0, id.find('-'));
    const std::string wanted = std::to_string(i + 1);
    if (number.size() < wanted.size() || !number.ends_with(wanted) ||
        number.find_first_not_of('0') != number.size() - wanted.size())
      return false;
  }
  return true;
}

}  // namespace

void check_same_sweep(const std::filesystem::path& directory, const config::Config& before,
                      const config::Config& wanted) {
  const auto lines = config::differences(before, wanted);
  if (lines.empty()) return;
  std::string message = directory.string() + ": holds another sweep than is asked for:";
  for (const std::string& line : lines) message += "\n  " + line;
  throw UserError(message + "\nresume it with what it was begun with, or start a new one without --resume");
}

bool is_same_plan(const std::vector<sweep::LedgerRun>& past, const std::vector<sweep::PlannedRun>& runs,
                  const sweep::SweepOptions& options) {
  using Parameters = decltype(sweep::PlannedRun::parameters);
  const auto is_varied = [&](const auto& parameter) {
    return options.parameters.contains(parameter.first) ||
           (parameter.first == "train.seed" && options.repeats > 1);
  };
  // Values are compared, not their spellings.
  const auto canonical = [](Parameters parameters) {
    for (auto& [key, text] : parameters) text = config::canonical_text(*config::find_option(key), text);
    return parameters;
  };
  std::set<Parameters> known;
  for (const sweep::LedgerRun& run : past) {
    if (!std::ranges::all_of(run.planned.parameters, is_varied)) return false;
    known.insert(canonical(run.planned.parameters));
  }
  // A former version planned a point again; such a sweep resumes with the plan that it has.
  if (known.size() < past.size()) return past.size() <= sweep::most_runs && are_numbered(past);
  return past.size() >= runs.size() && past.size() <= sweep::total_runs(options, runs.size()) &&
         std::ranges::equal(std::span(past).first(runs.size()), runs,
                            [&](const sweep::LedgerRun& a, const sweep::PlannedRun& b) {
                              return canonical(a.planned.parameters) == canonical(b.parameters);
                            });
}

}  // namespace cellsweep::job
