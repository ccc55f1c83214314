#pragma once

#include <string>

#include "model/model_options.h"

namespace cellsweep::model {

// The table that Keras' model.summary() prints for this network, 76 columns wide (UTF-8).
std::string summary_table(const ModelOptions& options, const DataShape& shape);

}  // namespace cellsweep::model
