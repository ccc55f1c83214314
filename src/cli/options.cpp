#include "cli/options.h"

#include "base/path_text.h"
#include "base/text.h"

namespace cellsweep::cli {
namespace {

// An option that may be repeated and takes `form`, two words with an equals sign between them: the first or
// the last one, if there are several.
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

}  // namespace

CLI::Validator path_check() {
  return {[](const std::string& text) { return path_problem(text); }, "PATH"};
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

}  // namespace cellsweep::cli
