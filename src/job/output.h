// Where commands leave what they make.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cellsweep::job {

// Makes a new folder `parent`/`name` for a sweep, or `name`-2, `name`-3, … if that is taken: no sweep
// writes over another, even when two start at once. Throws UserError if it cannot be made or written to.
std::filesystem::path make_sweep_directory(const std::filesystem::path& parent, const std::string& name);

// Writes `text` to the file that a user named. A regular file appears there whole or not at all, with the
// permissions of the one that it takes the place of; a symbolic link is followed. A terminal, a pipe,
// /dev/null and the like are written to, and never replaced; a disk, a socket or a folder is refused. Throws
// UserError, or Error that names the path.
void write_result(const std::filesystem::path& path, std::string_view text);

}  // namespace cellsweep::job
