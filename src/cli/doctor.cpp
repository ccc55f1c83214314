#include "doctor/doctor.h"

#include <memory>

#include "cli/command.h"
#include "cli/options.h"

namespace cellsweep::cli {

Command add_doctor_command(CLI::App& program) {
  CLI::App* app =
      program.add_subcommand("doctor", "look at ranks, hosts, folder, ports and network before a long job");
  const auto arguments = std::make_shared<job::RunArguments>();
  const auto options = std::make_shared<doctor::DoctorOptions>();
  add_file(*app, *arguments)->required(false);
  app->add_flag("--json", options->as_json, "print JSON, one object");
  app->add_option("--expect-ranks", options->expected_ranks, "how many ranks there should be")
      ->check(CLI::PositiveNumber);
  return {app, [arguments, options](comm::MpiSession& session) {
            const ExitCode code = doctor::doctor(*arguments, *options, session);
            check_printed(session);
            return code;
          }};
}

}  // namespace cellsweep::cli
