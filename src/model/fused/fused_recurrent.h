// The recurrent layers on the fused kernels: forward and backward through time, written out.
#pragma once

#include <memory>
#include <span>

#include "model/layout.h"
#include "model/network.h"
#include "model/recurrent.h"

namespace cellsweep::model::fused {

// Weights and gradients are views of the flat buffers, which must outlive it and stay where they are.
// Workspaces are made for the largest batch seen and used again.
std::unique_ptr<Recurrent> make_recurrent(const NetworkOptions& options, const Layout& layout,
                                          std::span<float> parameters, std::span<float> gradients);

}  // namespace cellsweep::model::fused
