// A sweep as people see it while its groups train several runs at a time.
#pragma once

#include <cstddef>
#include <cstdio>
#include <memory>

#include "metrics/sweep_view.h"
#include "terminal/terminal.h"

namespace cellsweep::terminal {

// For one group, what make_terminal_observer shows. For several, on a terminal one table that is redrawn in
// place (at least 0.1 s apart), and elsewhere one line an event. `out` outlives it.
std::unique_ptr<metrics::SweepView> make_sweep_view(Progress progress, std::size_t groups, std::FILE* out);

}  // namespace cellsweep::terminal
