#pragma once

namespace cellsweep {

// How many cores this process may run on, as its launcher bound it; at least 1.
int available_cores();

}  // namespace cellsweep
