// Options that several subcommands have.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/enum_names.h"
#include "job/run_arguments.h"

namespace cellsweep::cli {

// For an option that is a path: refuses what cannot be one.
CLI::Validator path_check();

// The file of a run or a sweep, and what changes its keys or names. `arguments` outlives the parsing. Gives
// the option FILE, which is required.
CLI::Option* add_file(CLI::App& app, job::RunArguments& arguments);

// An option that takes the name of a value of `Enum`.
template <class Enum>
void add_choice(CLI::App& app, const std::string& option, Enum& value, const std::string& help) {
  const auto& names = enum_names<Enum>;
  app.add_option_function<std::string>(
         option, [&value](const std::string& name) { value = *from_name<Enum>(name); }, help)
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())))
      ->default_str(std::string(to_name(value)));
}

}  // namespace cellsweep::cli
