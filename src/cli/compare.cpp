#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/command.h"
#include "cli/options.h"
#include "job/confusion.h"
#include "job/differing_parameters.h"
#include "job/output.h"
#include "report/comparison.h"
#include "report/html.h"
#include "report/selection.h"
#include "report/table.h"
#include "sweep/metric.h"

namespace cellsweep::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> directories;
  std::vector<std::string> filters;  // of report::filter
  std::string sort;                  // of report::sort; empty: best first
  bool json = false;
  bool csv = false;
  std::string html;  // a file to write; empty: none
};

// Prints a comparison of the runs in the directories, as a table, as JSON or as CSV, or writes it as a page.
ExitCode compare(const CompareArguments& arguments) {
  report::Comparison comparison =
      report::compare({arguments.directories.begin(), arguments.directories.end()});
  job::add_differing_parameters(comparison);
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

}  // namespace

Command add_compare_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("compare", "compare finished runs");
  const auto arguments = std::make_shared<CompareArguments>();
  app->add_option("DIR", arguments->directories, "sweep folders, or folders of runs")
      ->required()
      ->check(path_check());
  app->add_option("--filter", arguments->filters,
                  "only runs of which this holds: model.cell=lstm, val_accuracy>=0.9; may be repeated")
      ->allow_extra_args(false);
  app->add_option("--sort", arguments->sort, "by this name, descending with a minus before it: -seconds")
      ->check(CLI::Validator([](const std::string& text) { return text.empty() ? "is empty" : ""; }, "NAME"));
  CLI::Option* as_json = app->add_flag("--json", arguments->json, "print JSON instead of a table");
  app->add_flag("--csv", arguments->csv, "print comma-separated values instead")->excludes(as_json);
  app->add_option("--html", arguments->html,
                  "write a page with charts to this file, for any browser, offline")
      ->check(path_check());
  return {app, [arguments](comm::MpiSession& session) {
            return print_on_rank_0(session, [&] { return compare(*arguments); });
          }};
}

}  // namespace cellsweep::cli
