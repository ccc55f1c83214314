#include "cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/log.h"
#include "base/standard_streams.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/command.h"
#include "cli/options.h"

namespace cellsweep::cli {
namespace {

// CLI11 prints to streams; all ranks parse alike and only rank 0 may print. Throws Error if it cannot.
ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error, bool prints) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = app.exit(error, out, err);
  if (prints) {
    std::fputs(out.str().c_str(), stdout);
    std::fputs(printable_lines(err.str()).c_str(), stderr);
    check_standard_output();
  }
  return code == 0 ? ExitCode::done : ExitCode::bad_input;
}

}  // namespace

ExitCode run_command_line(int argc, char** argv, comm::MpiSession& session) {
  CLI::App app("Trains recurrent networks data-parallel under MPI, one run or a sweep, and compares them.",
               "cellsweep");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  LogLevel level = LogLevel::info;
  add_choice(app, "--log-level", level, "what is logged to stderr");
  app.fallthrough();
  const Command commands[] = {add_run_command(app),   add_bench_command(app),   add_doctor_command(app),
                              add_plan_command(app),  add_summary_command(app), add_compare_command(app),
                              add_schema_command(app)};
  const int rank = session.world().rank();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error, rank == 0);
  }
  start_log(level, rank == 0, "rank " + std::to_string(rank));
  return std::ranges::find_if(commands, [](const Command& each) { return each.app->parsed(); })
      ->call(session);
}

}  // namespace cellsweep::cli
