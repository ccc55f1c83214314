// The folder of a run in that of its sweep: what may name it, and what may be removed from it.
#pragma once

#include <filesystem>
#include <string_view>

namespace cellsweep::sweep {

// Little is safe in the name of a folder and in a label of a metric.
inline constexpr std::string_view run_id_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

// Throws Error, which says what would be right, unless `run_id` is what a plan makes: 1 to 100 of
// those characters, the first of them no dot. So it names a folder in that of the sweep, and never leads out
// of it. Everything that reads run ids calls this.
void check_run_id(std::string_view run_id);

// Throws UserError if `folder` is there, but is a symbolic link, or anything else than a folder.
void check_no_link(const std::filesystem::path& folder);

// Throws UserError if `folder` is there, but is not a run's own: as above, or a folder that is neither
// empty nor has a config.yaml.
void check_run_folder(const std::filesystem::path& folder);

// Makes the folder of a run that begins, or takes out of it what an attempt before left, but for config.yaml,
// which the attempt to come writes anew. Files that no run writes stay. Throws as check_run_folder(). Only
// who holds the sweep's lock or lease may call this.
void begin_run_folder(const std::filesystem::path& folder);

// Removes what is left of files that a killed process was writing there. As begin_run_folder().
void remove_temporary_run_files(const std::filesystem::path& folder);

// Whether a run of that folder went through to its end: its weights are there.
bool has_trained_run(const std::filesystem::path& folder);

}  // namespace cellsweep::sweep
