// What a group's first rank and rank 0, which assigns the runs, send to each other.
#pragma once

#include <string>
#include <variant>

#include "metrics/message.h"
#include "sweep/ledger.h"
#include "sweep/scheduler.h"

namespace cellsweep::sweep {

// A group asks for its next run.
struct AskForRun {};
// What happened in a group's run `index`.
struct RunReport {
  std::size_t index = 0;
  metrics::Report report;
};
// A group's run came to its end.
struct RunEnded {
  std::size_t index = 0;
  RunOutcome outcome;
};
// A group's run is under way, though there is nothing to report of it: it is evaluated.
struct StillTraining {};
// The answers of rank 0: a RunAssignment; none is left; stop the run `index`, for good or to be resumed
// later.
struct NoMoreRuns {};
struct StopRun {
  std::size_t index = 0;
  bool resumes_later = false;
};
// A sign of life of rank 0: the sweep is not over.
struct StillRunning {};
// Every group is done.
struct SweepEnded {};
// A group's first rank to the others of its group: rank 0 is lost.
struct NoAnswer {};

using Message = std::variant<AskForRun, RunReport, RunEnded, RunAssignment, NoMoreRuns, StopRun, StillRunning,
                             SweepEnded, NoAnswer, StillTraining>;

// The message for a mailbox, for ranks of the same program; a run's report without what metrics::to_bytes()
// leaves out.
std::string to_bytes(const Message& message);
// Throws Error if these are not the bytes of a message, or if a run's id is none.
Message message_from_bytes(const std::string& bytes);

}  // namespace cellsweep::sweep
