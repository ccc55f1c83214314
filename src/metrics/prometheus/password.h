#pragma once

#include <string>

#include "metrics/metrics_options.h"

namespace cellsweep::metrics {

// The first line of options.password_file; empty if there is no username. Warns if every user of the
// host may read the file. `section`: the key above username and password_file, for messages. Throws
// UserError.
std::string read_password(const BasicAuthOptions& options, const std::string& section);

}  // namespace cellsweep::metrics
