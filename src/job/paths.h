// Paths in a config.
#pragma once

#include <string>

#include "config/config.h"

namespace cellsweep::job {

// Paths are relative to the working directory. Throws UserError if a file that the config names is not
// there, but is beside the config: who wrote it meant that one. `config_file` may be empty.
void check_paths(const config::Config& config, const std::string& config_file);

}  // namespace cellsweep::job
