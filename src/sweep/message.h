// What a group's first rank and rank 0, which assigns the runs, send to each other.
#pragma once

#include <string>
#include <variant>

#include "metrics/message.h"
#include "sweep/ledger.h"
#include "sweep/scheduler.h"

namespace cellsweep::sweep {

// To rank 0, from the first rank of a group: it asks for its next run.
struct AskForRun {};
// What happened in its run `index`.
struct RunReport {
  std::size_t index = 0;
  metrics::Report report;
};
// Its run came to its end.
struct RunEnded {
  std::size_t index = 0;
  RunOutcome outcome;
};
// Its run is under way, though there is nothing to report of it: it is evaluated.
struct StillTraining {};

using ToCoordinator = std::variant<AskForRun, RunReport, RunEnded, StillTraining>;

// From rank 0, which answers AskForRun by a RunAssignment or this: no run is left.
struct NoMoreRuns {};
// Stop the run `index`, for good or to be resumed later.
struct StopRun {
  std::size_t index = 0;
  bool resumes_later = false;
};
// A sign of life of rank 0: the sweep is not over.
struct StillRunning {};
// Every group is done.
struct SweepEnded {};

using ToWorker = std::variant<RunAssignment, NoMoreRuns, StopRun, StillRunning, SweepEnded>;

// What a mailbox brings. On rank 0 that may be for either, for it trains runs, too.
using Message = std::variant<ToCoordinator, ToWorker>;

// The message for a mailbox, for ranks of the same program; a run's report without what metrics::to_bytes()
// leaves out.
std::string to_bytes(const Message& message);
// Throws Error if these are not the bytes of a message, or if a run's id is none.
Message message_from_bytes(const std::string& bytes);

// To the others of a group, from its first rank: rank 0 is lost.
struct NoAnswer {};
// What rank 0 answered, or that it has not yet.
using Answer = std::variant<RunAssignment, NoMoreRuns, StillRunning, NoAnswer>;

// As those of a message.
std::string answer_to_bytes(const Answer& answer);
Answer answer_from_bytes(const std::string& bytes);

}  // namespace cellsweep::sweep
