// The recurrent layers, on LibTorch's autograd: the reference.
#pragma once

#include <memory>
#include <span>

#include "model/layout.h"
#include "model/network.h"
#include "model/recurrent.h"

namespace cellsweep::model {

// Weights and gradients are views of the flat buffers, which must outlive it and stay where they are. From
// then on, LibTorch computes with options.threads in this process.
std::unique_ptr<Recurrent> make_torch_recurrent(const NetworkOptions& options, const Layout& layout,
                                                std::span<float> parameters, std::span<float> gradients);

}  // namespace cellsweep::model
