#pragma once

#include <string>

#include "report/comparison.h"

namespace cellsweep::report {

// The comparison for people: aligned columns, two lines of heading, a line per run, and below it why runs
// failed or ended early. Columns that would say nothing (accuracy of a regression, status if all is
// finished, sweep if there is one, folder if sweeps are named as their folders) are left out.
std::string to_table(const Comparison& comparison);

}  // namespace cellsweep::report
