#pragma once

#include <memory>

#include "metrics/prometheus/exporter.h"
#include "metrics/sweep_view.h"

namespace cellsweep::metrics {

// `view`, whose calls `exporter` gets too; null: `view` itself. `exporter` outlives it.
std::unique_ptr<SweepView> make_exported_view(std::unique_ptr<SweepView> view, Exporter* exporter);

}  // namespace cellsweep::metrics
