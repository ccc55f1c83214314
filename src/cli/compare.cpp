#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "job/confusion.h"
#include "job/output.h"
#include "report/comparison.h"
#include "report/html.h"
#include "report/selection.h"
#include "report/table.h"
#include "sweep/metric.h"

namespace cellsweep::cli {

ExitCode compare(const CompareArguments& arguments) {
  report::Comparison comparison =
      report::compare({arguments.directories.begin(), arguments.directories.end()});
  for (const std::string& doubt : sweep::doubts(comparison.metric)) spdlog::warn(doubt);
  report::filter(comparison, arguments.filters);
  if (!arguments.sort.empty()) report::sort(comparison, arguments.sort);
  if (!arguments.html.empty()) {
    job::write_result(arguments.html, report::to_html(comparison, job::confusion_matrix_of_best(comparison),
                                                      job::count_parameters(comparison)));
    std::printf("the report is in %s\n", printable(arguments.html).c_str());
    return ExitCode::done;
  }
  const std::string text = arguments.json  ? report::to_json(comparison)
                           : arguments.csv ? report::to_csv(comparison)
                                           : report::to_table(comparison);
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return ExitCode::done;
}

}  // namespace cellsweep::cli
