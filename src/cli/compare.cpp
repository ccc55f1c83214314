#include <cstdio>
#include <filesystem>

#include "cli/commands.h"
#include "report/comparison.h"
#include "report/selection.h"
#include "report/table.h"

namespace cellsweep::cli {

ExitCode compare(const CompareArguments& arguments) {
  report::Comparison comparison =
      report::compare({arguments.directories.begin(), arguments.directories.end()});
  report::filter(comparison, arguments.filters);
  if (!arguments.sort.empty()) report::sort(comparison, arguments.sort);
  const std::string text = arguments.json  ? report::to_json(comparison)
                           : arguments.csv ? report::to_csv(comparison)
                                           : report::to_table(comparison);
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return ExitCode::done;
}

}  // namespace cellsweep::cli
