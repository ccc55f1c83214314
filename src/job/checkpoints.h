// The checkpoint from which a run resumes.
#pragma once

#include <memory>

#include "comm/communicator.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/layout.h"
#include "train/checkpoint/checkpoint.h"
#include "train/checkpoint/checkpoint_folder.h"

namespace cellsweep::job {

// Collective over `group`: the newest checkpoint of the folder that fits the run, the same on every rank;
// null if there is none. Rank 0 alone reads files, and says in the log why it passes over one. Throws
// comm::CollectiveError.
std::unique_ptr<train::Checkpoint> find_checkpoint(const train::CheckpointFolder& folder,
                                                   const config::Config& config, const model::Layout& layout,
                                                   const data::Splits& splits, comm::Communicator& group);

}  // namespace cellsweep::job
