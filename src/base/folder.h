// Folders that this program makes and keeps in order.
#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace cellsweep {

// Makes the folder and those above it that are missing, each on the disk in the one that holds it. Throws
// UserError that names the path. Thread-safe.
void make_folders(const std::filesystem::path& folder);

// Returns when the name of `path` is on the disk in its folder, as far as the system can know. Thread-safe.
void sync_folder_of(const std::filesystem::path& path);

// Whether there is a folder of this name, itself and no symbolic link to one. Thread-safe.
bool is_own_folder(const std::filesystem::path& path);

// Whether there is a regular file of this name, itself and no symbolic link to one. Thread-safe.
bool is_own_file(const std::filesystem::path& path);

// Removes what AtomicFiles of killed processes left in `folder`: regular files with the name of a temporary
// file, of which is_ours(the name that it would have got). Only who knows that nobody else writes these files
// may call this. A folder that is not there, or is a link, has none, and a file that cannot be removed stays.
void remove_temporaries(const std::filesystem::path& folder,
                        const std::function<bool(std::string_view name)>& is_ours);

}  // namespace cellsweep
