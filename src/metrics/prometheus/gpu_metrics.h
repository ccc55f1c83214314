// The GPUs of this host, through NVIDIA's management library, if it is installed.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <memory>

namespace cellsweep::metrics {

// Metrics of every GPU, asked for at most once a second; a value that a GPU does not report is left out. Null
// if there is no `library` or no GPU. Thread-safe.
std::shared_ptr<prometheus::Collectable> make_gpu_metrics(const char* library = "libnvidia-ml.so.1");

}  // namespace cellsweep::metrics
