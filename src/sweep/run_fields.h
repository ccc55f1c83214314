// The fields of a planned run and of how it ended, each named once: for the ledger and for messages, for
// reading and writing alike.
//
// `visit` gets each field's name and a reference to it, in the order in which lines and messages have them. A
// new field goes to the end.
#pragma once

#include "base/const_or_not.h"
#include "sweep/ledger.h"
#include "sweep/plan.h"

namespace cellsweep::sweep {

// Names of which the ledger knows more: it cannot read a line without the first three, and has the state as
// the event's name.
inline constexpr const char* run_id_field = "run_id";
inline constexpr const char* parameters_field = "parameters";
inline constexpr const char* seconds_field = "seconds";
inline constexpr const char* state_field = "state";

template <ConstOrNot<PlannedRun> Run, class Visit>
void for_each_field(Run& run, Visit visit) {
  visit(run_id_field, run.run_id);
  visit(parameters_field, run.parameters);
  visit("point", run.point);
}

template <ConstOrNot<RunOutcome> Outcome, class Visit>
void for_each_field(Outcome& outcome, Visit visit) {
  visit(state_field, outcome.state);
  visit(seconds_field, outcome.seconds);
  visit("reason", outcome.reason);
  visit("permanent", outcome.is_permanent);
  visit("epoch", outcome.epoch);
}

}  // namespace cellsweep::sweep
