// What is checked once the data is there, before the first run begins.
#pragma once

#include "config/config.h"
#include "data/dataset.h"
#include "job/plan_check.h"

namespace cellsweep::job {

struct Compute;

// Compares the runs that learn from `splits`, the data of plan.first, with this host's memory and, on rank 0,
// their initial weights with their models. A run that cannot be trained fails when its turn comes: rank 0
// logs that, and plan.expected_failures gets its id. Throws its UserError if there is no other run.
void check_runs(const config::Config& config, const data::Splits& splits, const Compute& compute, int rank,
                PlanSummary& plan);

// Reads the model's initial weights, if it has some. Throws UserError if they cannot be read, or are not
// those of such a model for such data.
void check_initial_weights(const model::ModelOptions& options, const model::DataShape& shape);

}  // namespace cellsweep::job
