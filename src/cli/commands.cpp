#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <sstream>

#include "base/path_text.h"
#include "base/standard_streams.h"
#include "base/text.h"
#include "base/version.h"
#include "comm/agreement.h"

namespace cellsweep::cli {
namespace {

CLI::Validator path_check() {
  return {[](const std::string& text) { return path_problem(text); }, "PATH"};
}

template <class Enum>
void add_choice(CLI::App& app, const std::string& option, Enum& value, const std::string& help) {
  const auto& names = enum_names<Enum>;
  app.add_option_function<std::string>(
         option, [&value](const std::string& name) { value = *from_name<Enum>(name); }, help)
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->default_str(std::string(to_name(value)));
}

// An option that may be repeated and takes `form`, two words with an equals sign between them, the first or
// the last one of several.
void add_pairs(CLI::App& app, const std::string& option, const std::string& form, bool at_first,
               std::vector<config::Assignment>& pairs, const std::string& help) {
  app.add_option_function<std::vector<std::string>>(
         option,
         [=, &pairs](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const std::size_t equals = at_first ? text.find('=') : text.rfind('=');
             if (equals == std::string::npos || equals == 0)
               throw CLI::ValidationError(option, shown(text) + " is not of the form " + form);
             pairs.emplace_back(text.substr(0, equals), text.substr(equals + 1));
           }
         },
         form + ": " + help + "; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
}

CLI::Option* add_file(CLI::App& app, job::RunArguments& arguments) {
  CLI::Option* file =
      app.add_option("FILE", arguments.file, "a run or sweep in YAML")->required()->check(path_check());
  add_pairs(app, "--set", "key=value", true, arguments.assignments,
            "a key of the file by its dotted name, such as train.epochs=2");
  app.add_option("--sweep", arguments.sweep_file, "a sweep in W&B's form, for a FILE that has none")
      ->check(path_check());
  add_pairs(app, "--map", "name=key", false, arguments.renames.map,
            "what a name in the sweep means, that of a parameter or of the metric, such as "
            "lr=train.optimizer.learning_rate");
  app.add_option("--ignore", arguments.renames.ignored,
                 "a parameter of the sweep to leave out, by its name; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  return file;
}

// CLI11 prints to streams; all ranks parse alike and only rank 0 may speak. Throws Error where it cannot.
ExitCode report_usage(const CLI::App& app, const CLI::ParseError& error, bool speak) {
  std::ostringstream out;
  std::ostringstream err;
  const int code = app.exit(error, out, err);
  if (speak) {
    std::fputs(out.str().c_str(), stdout);
    std::fputs(printable_lines(err.str()).c_str(), stderr);
    check_standard_output();
  }
  return code == 0 ? ExitCode::done : ExitCode::bad_input;
}

// `code`, unless rank 0 could not print the result that it comes with. Collective.
ExitCode with_result(comm::Communicator& world, ExitCode code) {
  comm::run_collectively(world, [&] {
    if (world.rank() == 0) check_standard_output();
  });
  return code;
}

// Commands other than run have nothing to do on further ranks.
ExitCode on_rank_0(comm::Communicator& world, const std::function<ExitCode()>& command) {
  ExitCode code = ExitCode::done;
  comm::run_collectively(world, [&] {
    if (world.rank() != 0) return;
    code = command();
    check_standard_output();
  });
  return code;
}

}  // namespace

ExitCode run_command_line(int argc, char** argv, comm::MpiSession& session) {
  comm::Communicator& world = session.world();
  CLI::App app("Trains recurrent networks data-parallel under MPI, one run or a sweep, and compares them.",
               "cellsweep");
  app.set_version_flag("--version", version);
  app.require_subcommand(1);
  LogLevel level = LogLevel::info;
  add_choice(app, "--log-level", level, "what is logged to stderr");
  app.fallthrough();

  job::RunArguments arguments;
  std::string output;
  bool markdown = false;

  CLI::App& run_app = *app.add_subcommand("run", "train the runs of a file");
  CLI::Option* run_file = add_file(run_app, arguments);
  run_app
      .add_option(
          "--resume", arguments.resume,
          "go on with the sweep of this folder, or begin it there; FILE may be left out where it was begun")
      ->check(path_check())
      ->each([run_file](const std::string&) { run_file->required(false); });
  run_app.add_option("--output", output, "folder that the results go to (the key output.directory)")
      ->check(path_check());
  add_choice(run_app, "--progress", arguments.progress, "how a run is shown");
  run_app.add_flag("--print-config", arguments.print_config, "show the effective config and train nothing");
  CLI::App& bench_app = *app.add_subcommand("bench", "time training steps of the runs of a file");
  add_file(bench_app, arguments);
  BenchOptions bench_options;
  bench_app.add_option("--steps", bench_options.steps, "how many steps are timed")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000000000}))
      ->capture_default_str();
  bench_app.add_flag("--json", bench_options.as_json, "print JSON, an object a line");
  bench_app.add_flag("--blocks", bench_options.blocks,
                     "then time so many steps more for each line of stdin, which holds their number");
  CLI::App& doctor_app =
      *app.add_subcommand("doctor", "look at ranks, hosts, folder, ports and network before a long job");
  add_file(doctor_app, arguments)->required(false);
  doctor::DoctorOptions doctor_options;
  doctor_app.add_flag("--json", doctor_options.as_json, "print JSON, one object");
  doctor_app.add_option("--expect-ranks", doctor_options.expected_ranks, "how many ranks there should be")
      ->check(CLI::PositiveNumber);
  CLI::App& plan_app = *app.add_subcommand("plan", "list the runs of a file");
  add_file(plan_app, arguments);
  bool suggest_map = false;
  plan_app.add_flag("--suggest-map", suggest_map,
                    "print --map and --ignore arguments with which the sweep can likely be read");
  CLI::App& summary_app =
      *app.add_subcommand("summary", "print the layers and parameters of each model of a file");
  add_file(summary_app, arguments);
  CLI::App& compare_app = *app.add_subcommand("compare", "compare finished runs");
  CompareArguments comparison;
  compare_app.add_option("DIR", comparison.directories, "sweep folders, or folders of runs")
      ->required()
      ->check(path_check());
  compare_app
      .add_option("--filter", comparison.filters,
                  "only runs of which this holds: model.cell=lstm, val_accuracy>=0.9; may be repeated")
      ->allow_extra_args(false);
  compare_app
      .add_option("--sort", comparison.sort, "by this name, descending with a minus before it: -seconds")
      ->check(CLI::Validator([](const std::string& text) { return text.empty() ? "is empty" : ""; }, "NAME"));
  CLI::Option* as_json = compare_app.add_flag("--json", comparison.json, "print JSON instead of a table");
  compare_app.add_flag("--csv", comparison.csv, "print comma-separated values instead")->excludes(as_json);
  compare_app
      .add_option("--html", comparison.html,
                  "write a page with charts to this file, for any browser, offline")
      ->check(path_check());
  CLI::App& schema_app = *app.add_subcommand("schema", "print the JSON Schema of a config file");
  schema_app.add_flag("--markdown", markdown, "print the table of keys as Markdown instead");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return report_usage(app, error, world.rank() == 0);
  }
  start_log(level, world.rank() == 0, "rank " + std::to_string(world.rank()));
  if (!output.empty()) arguments.assignments.emplace_back("output.directory", output);

  if (run_app.parsed()) return run(arguments, session);
  if (bench_app.parsed()) return with_result(world, bench(arguments, bench_options, session));
  if (doctor_app.parsed()) return with_result(world, doctor::doctor(arguments, doctor_options, session));
  return on_rank_0(world, [&] {
    if (plan_app.parsed()) return plan(arguments, suggest_map);
    if (summary_app.parsed()) return summary(arguments);
    if (compare_app.parsed()) return compare(comparison);
    return schema(markdown);
  });
}

}  // namespace cellsweep::cli
