#include <cstdio>

#include "cli/commands.h"

namespace cellsweep::cli {

ExitCode schema(bool markdown) {
  const std::string text = markdown ? config::options_markdown() : config::json_schema();
  std::printf("%s%s", text.c_str(), text.ends_with('\n') ? "" : "\n");
  return ExitCode::done;
}

}  // namespace cellsweep::cli
