// What a message about a file that is not there says of its path.
#pragma once

#include <filesystem>
#include <string>

namespace cellsweep {

// "; paths are relative to the working directory /home/ann" if `path` is relative, else nothing.
std::string working_directory_note(const std::filesystem::path& path);

}  // namespace cellsweep
