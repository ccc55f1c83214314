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

template <ConstOrNot<PlannedRun> Run, class Visit>
void for_each_field(Run& run, Visit visit) {
  visit("run_id", run.run_id);
  visit("parameters", run.parameters);
  visit("point", run.point);
}

template <ConstOrNot<RunOutcome> Outcome, class Visit>
void for_each_field(Outcome& outcome, Visit visit) {
  visit("state", outcome.state);
  visit("seconds", outcome.seconds);
  visit("reason", outcome.reason);
  visit("permanent", outcome.is_permanent);
  visit("epoch", outcome.epoch);
}

}  // namespace cellsweep::sweep
