// Log lines go to stderr through spdlog's default logger; results go to stdout. Use spdlog::info(...) and the
// like.
#pragma once

#include <string>
#include <string_view>

#include "base/enum_names.h"

namespace cellsweep {

enum class LogLevel { debug, info, warn, error };
template <>
inline constexpr auto enum_names<LogLevel> =
    std::to_array<std::string_view>({"debug", "info", "warn", "error"});

// Sends the process's log to stderr from `level` up. Call it once, before other threads start. Unless
// `logs_all` (rank 0), only errors are logged, marked with `who`. Lines are written as
// printable_lines() shows them.
void start_log(LogLevel level, bool logs_all, std::string_view who);

// The log, for files that cannot include spdlog: LibTorch's headers bring another version of its fmt library.
void log_info(const std::string& message);
void log_warning(const std::string& message);

}  // namespace cellsweep
