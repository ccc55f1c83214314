// What the command line says about a job.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "terminal/terminal.h"

namespace cellsweep::job {

struct RunArguments {
  std::string file;         // may be empty if a sweep is resumed
  std::string resume;       // the folder of the sweep to resume, or to begin; empty: a new one
  std::string sweep_file;   // W&B's form, beside a file without a sweep; empty: none
  config::Renames renames;  // of names in the sweep
  std::vector<config::Assignment> assignments;
  terminal::Progress progress = terminal::Progress::automatic;
  bool print_config = false;

  config::Sources sources() const { return {.path = file, .sweep_path = sweep_file, .renames = renames}; }
};

}  // namespace cellsweep::job
