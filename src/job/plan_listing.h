// The runs of a file, for a person who has not begun them.
#pragma once

#include <cstdio>
#include <string>

#include "config/config.h"

namespace cellsweep::job {

// Lists the runs of the config, which `file` has, on `out`: a line a run, with its parameters and, if its
// data can be read, its size, or why it will fail; then how many there are. Logs what a person should know of
// them. Throws UserError if all of them will fail.
void list_runs(const config::Config& config, const std::string& file, std::FILE* out);

}  // namespace cellsweep::job
