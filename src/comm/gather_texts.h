#pragma once

#include <string>
#include <vector>

#include "comm/communicator.h"

namespace cellsweep::comm {

// Collective: gives every rank the texts of all ranks, in rank order. They may differ in length.
std::vector<std::string> gather_texts(Communicator& group, const std::string& mine);

}  // namespace cellsweep::comm
