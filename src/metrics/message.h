// The reports of a run as bytes, for those who watch it from another process.
#pragma once

#include <string>
#include <variant>

#include "metrics/observer.h"

namespace cellsweep::metrics {

using Report = std::variant<RunInfo, StepReport, EpochReport, RunSummary>;

// The fields of a report that report_fields.h names; the others have their defaults when it is read back.
std::string to_bytes(const Report& report);

// Throws Error if these are not the bytes of a report.
Report report_from_bytes(const std::string& bytes);

// Hands the report to the member of `observer` that takes its kind.
void report_to(Observer& observer, const Report& report);

}  // namespace cellsweep::metrics
