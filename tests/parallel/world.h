#pragma once

#include "comm/communicator.h"
#include "comm/watchdog.h"

namespace cellsweep {

// All ranks of this test program.
comm::Communicator& world();
// Watches their waits.
comm::Watchdog& watchdog();

}  // namespace cellsweep
