// Failing together: an exception on one rank becomes the same exception on all, so no rank is left waiting
// for another.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "comm/communicator.h"

namespace cellsweep::comm {

// Thrown on every rank of a group alike, with the message of the first rank that failed. Nobody needs to
// abort the others.
class CollectiveError : public Error {
 public:
  CollectiveError(const std::string& message, ExitCode code) : Error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

// Collective: calls `work` on every rank, then agrees on the outcome. Returns where all succeeded; else
// throws the CollectiveError of the lowest rank that failed, on all; where rank 0 did not fail, with that
// rank and its host before the message. `work` itself must not be collective, unless it fails on all ranks
// alike.
void run_collectively(Communicator& group, const std::function<void()>& work);

}  // namespace cellsweep::comm
