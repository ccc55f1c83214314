#pragma once

#include <span>

#include "comm/communicator.h"

namespace cellsweep::train {

// Collective: whether every rank holds bitwise the same values, by a 64-bit checksum.
bool replicas_equal(std::span<const float> parameters, std::span<const float> moving_statistics,
                    comm::Communicator& group);

}  // namespace cellsweep::train
