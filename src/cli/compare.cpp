#include <cstdio>
#include <filesystem>

#include "cli/commands.h"
#include "report/comparison.h"
#include "report/table.h"

namespace cellsweep::cli {

ExitCode compare(const std::vector<std::string>& directories, bool json) {
  const report::Comparison comparison =
      report::compare(std::vector<std::filesystem::path>(directories.begin(), directories.end()));
  const std::string text = json ? report::to_json(comparison) : report::to_table(comparison);
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return ExitCode::done;
}

}  // namespace cellsweep::cli
