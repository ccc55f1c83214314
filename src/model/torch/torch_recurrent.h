// The recurrent layers, on LibTorch's autograd: the reference.
#pragma once

#include <memory>
#include <span>

#include "model/layout.h"
#include "model/network.h"
#include "model/recurrent.h"

namespace cellsweep::model {

// Weights and gradients are views of the flat buffers, which must outlive it and stay where they are.
std::unique_ptr<Recurrent> make_torch_recurrent(const NetworkOptions& options, const Layout& layout,
                                                std::span<float> parameters, std::span<float> gradients);

// How many threads LibTorch computes with in this process. Call it before the first step.
void set_torch_threads(int threads);

}  // namespace cellsweep::model
