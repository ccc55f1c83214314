#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/options.h"
#include "job/sweep_job.h"

namespace cellsweep::cli {

Command add_run_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("run", "train the runs of a file");
  const auto arguments = std::make_shared<job::RunArguments>();
  add_file(*app, *arguments)->required(false);
  app->callback([arguments] {
    if (arguments->file.empty() && arguments->resume.empty()) throw CLI::RequiredError("FILE");
  });
  app->add_option("--resume", arguments->resume,
                  "resume the sweep of this folder, or begin it there; FILE may be left out if it was begun")
      ->check(path_check());
  app->add_option_function<std::string>(
         "--output",
         [arguments](const std::string& folder) {
           arguments->assignments.emplace_back("output.directory", folder);
         },
         "folder that the results go to (the key output.directory)")
      ->check(path_check());
  add_choice(*app, "--progress", arguments->progress, "how a run is shown");
  app->add_flag("--print-config", arguments->print_config, "show the effective config and train nothing");
  return {app, [arguments](comm::MpiSession& session) { return job::run_sweep_job(*arguments, session); }};
}

}  // namespace cellsweep::cli
