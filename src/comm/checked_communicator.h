#pragma once

#include <memory>

#include "comm/communicator.h"

namespace cellsweep::comm {

// `inner`, whose ranks compare what they are about to do before each collective operation: its kind, values,
// type, reduction and root. If they differ, all throw a CollectiveError that says which rank wanted
// what. The operation itself would hang or mix values up. Costs an all-gather more for each operation.
// Groups that are split from it are checked, too.
std::unique_ptr<Communicator> make_checked_communicator(std::unique_ptr<Communicator> inner);
// The same for an `inner` that outlives it.
std::unique_ptr<Communicator> make_checked_communicator(Communicator& inner);

}  // namespace cellsweep::comm
