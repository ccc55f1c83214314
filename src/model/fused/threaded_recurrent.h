// The fused layers on several threads of one rank.
#pragma once

#include <memory>
#include <span>

#include "model/layout.h"
#include "model/network.h"
#include "model/recurrent.h"

namespace cellsweep::model::fused {

// Splits each batch over options.threads threads, each with workspaces and gradients of its own, which are
// summed in the order of the threads. A shard stays on one thread, so that its sums do not depend on their
// number. Buffers as in make_recurrent().
std::unique_ptr<Recurrent> make_threaded_recurrent(const NetworkOptions& options, const Layout& layout,
                                                   std::span<float> parameters, std::span<float> gradients);

}  // namespace cellsweep::model::fused
