// What the configs of several sweeps differ in.
#pragma once

#include "report/comparison.h"

namespace cellsweep::job {

// Adds to the runs of several sweeps the parameters in which the sweeps differ, as if one sweep had varied
// them: train.seed, if each task of a job array has its own. A key is one if a sweep may vary it, and the
// configs have several values of it or some of the sweeps vary it. A sweep whose config cannot be read takes
// no part. Does not throw.
void add_differing_parameters(report::Comparison& comparison);

}  // namespace cellsweep::job
