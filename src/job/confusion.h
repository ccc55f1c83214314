// What the report page shows beyond what is in the runs' files.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "report/comparison.h"
#include "report/html.h"

namespace cellsweep::job {

// Loads the weights of the best finished run and lets them predict the validation samples. If that cannot
// be done (no such run, a regression, data that cannot be read), the reason takes the place of the counts.
// Does not throw.
report::Confusion confusion_matrix_of_best(const report::Comparison& comparison);

// The number of trainable parameters, by report::name_of(), of each run whose config and data can be read.
std::map<std::string, std::int64_t> count_parameters(const report::Comparison& comparison);

}  // namespace cellsweep::job
