// Which rows of a comparison are shown, and in which order.
#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"

namespace cellsweep::report {

// Keeps the rows of which all filters hold: "model.cell=lstm", "train.optimizer.learning_rate<0.1",
// "status!=failed", "val_accuracy>=0.9". Names are parameters by their dotted key and the names of to_csv's
// columns; operators are =, !=,
// <, <=, > and >=. Numbers compare as such. A row without the value is not kept. Throws UserError for a
// filter that is not of this form, or whose name no row has, such as a metric that no run measured.
void filter(Comparison& comparison, const std::vector<std::string>& filters);

// Sorts by such a name in ascending order, or, with a minus before it, descending; rows without the value
// come last. Throws UserError as filter() does.
void sort(Comparison& comparison, const std::string& name);

// Every metric of every row as comma-separated values (RFC 4180), with a line of names; nothing if a value
// is unset.
std::string to_csv(const Comparison& comparison);

}  // namespace cellsweep::report
