// The names of the files in the folder of a sweep and in those of its runs, and what can be read from them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cellsweep::file_names {

// In the folder of a sweep, which has a folder for each of its runs.
inline constexpr std::string_view sweep_config = "sweep.yaml";
inline constexpr std::string_view ledger = "ledger.jsonl";
inline constexpr std::string_view owner = "owner.json";  // the job that may write there

// In the folder of a run.
inline constexpr std::string_view run_config = "config.yaml";
inline constexpr std::string_view history = "history.jsonl";
inline constexpr std::string_view weights = "weights.safetensors";
inline constexpr std::string_view metrics = "metrics.om";
inline constexpr std::string_view checkpoints = "checkpoint";  // a folder

// In the folder of its checkpoints.
inline constexpr std::string_view best_checkpoint = "best.safetensors";

// "metrics-3.om": the metrics of an earlier attempt of a run that was resumed; they count from 1.
std::string rotated_metrics(int number);
// "step-0000001876.safetensors": the checkpoint after so many steps.
std::string step_checkpoint(std::int64_t step);
// The steps of the checkpoint whose name step_checkpoint() gives; nothing for every other name.
std::optional<std::int64_t> step_of_checkpoint(std::string_view name);

// Whether a sweep keeps a file of that name beside its runs, and may begin to write it before it has a
// config.
bool is_sweep_file(std::string_view name);
// Whether a run leaves a file of that name that the next attempt does not need: all but its config.
bool is_run_result(std::string_view name);
// Whether it is a file of a run: a result, or its config.
bool is_run_file(std::string_view name);

}  // namespace cellsweep::file_names
