#include <cstdio>
#include <memory>

#include "cli/command.h"
#include "cli/options.h"

namespace cellsweep::cli {
namespace {

// Prints the JSON Schema of a config file, or the table of its keys as Markdown.
ExitCode schema(bool markdown) {
  const std::string text = markdown ? config::options_markdown() : config::json_schema();
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return ExitCode::done;
}

}  // namespace

Command add_schema_command(CLI::App& program) {
  CLI::App* app = program.add_subcommand("schema", "print the JSON Schema of a config file");
  const auto markdown = std::make_shared<bool>(false);
  app->add_flag("--markdown", *markdown, "print the table of keys as Markdown instead");
  return {app, [markdown](comm::MpiSession& session) {
            return print_on_rank_0(session, [&] { return schema(*markdown); });
          }};
}

}  // namespace cellsweep::cli
