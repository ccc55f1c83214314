#pragma once

#include <memory>

#include "comm/communicator.h"
#include "comm/mailbox.h"
#include "comm/watchdog/watchdog.h"

namespace cellsweep {

// All ranks of this test program.
comm::Communicator& world();
// Collective.
std::unique_ptr<comm::Mailbox> make_mailbox();
// Watches their waits.
comm::Watchdog& watchdog();

}  // namespace cellsweep
