// A run as Keras shows it.
#pragma once

#include <cstdio>
#include <memory>

#include "base/enum_names.h"
#include "metrics/observer.h"

namespace cellsweep::terminal {

enum class Progress { automatic, bar, line, none };  // automatic: bar on a terminal, else line

// What `automatic` comes to for this output; any other stays.
Progress resolve(Progress progress, std::FILE* out);

// Keras' progress bar (redrawn in place, at least 0.05 s apart), or one line an epoch. `progress` is not
// none. `out` outlives it.
std::unique_ptr<metrics::Observer> make_terminal_observer(Progress progress, std::FILE* out);

}  // namespace cellsweep::terminal

namespace cellsweep {
template <>
inline constexpr auto enum_names<terminal::Progress> =
    std::to_array<std::string_view>({"auto", "bar", "line", "none"});
}  // namespace cellsweep
