#pragma once

#include <filesystem>
#include <string>

namespace cellsweep::cli {

// Makes a new folder `parent`/`name` for a sweep, or `name`-2, `name`-3, … where that is taken: no sweep
// writes over another, even when two start at once. Throws UserError where it cannot be made or written to.
std::filesystem::path make_sweep_directory(const std::filesystem::path& parent, const std::string& name);

}  // namespace cellsweep::cli
