#pragma once

#include <cstdint>

#include "comm/communicator.h"
#include "data/dataset.h"
#include "model/network.h"

namespace cellsweep::train {

// Means over samples.
struct Evaluation {
  double loss = 0;
  double accuracy = 0;
  std::int64_t samples = 0;
};

// Collective: the means of what the ranks have summed up, equal on all of them.
Evaluation reduce_metrics(const model::MetricSums& mine, comm::Communicator& group);

// Collective: loss and accuracy over a whole data set, every sample counted once at any number of ranks.
Evaluation evaluate(model::Network& network, const data::Dataset& dataset, std::int64_t batch_size,
                    comm::Communicator& group);

}  // namespace cellsweep::train
