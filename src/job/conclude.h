// The end of a job.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "base/signals.h"
#include "comm/communicator.h"
#include "metrics/prometheus/exporter.h"
#include "sweep/scheduler.h"

namespace cellsweep::job {

// Collective. Waits until whoever reads the metrics has the final ones, or a signal arrives at any rank.
// Gives the signal's number, or 0. Ranks without an exporter pass null; they take part, so that none seems
// to hang.
int wait_for_final_scrapes(metrics::Exporter* exporter, const SignalWatch& signals,
                           comm::Communicator& world);

// Logs what became of the sweep in `directory`, and gives the exit code. `signal`: that arrived, or 0.
ExitCode report_outcome(const sweep::Scheduler& scheduler, const std::filesystem::path& directory,
                        int signal);

}  // namespace cellsweep::job
