// How long the training steps of a run take.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "comm/communicator.h"
#include "config/config.h"
#include "job/compute.h"
#include "job/shared_splits.h"

namespace cellsweep::job {

// The phases of a step, as measure() names them under "parts": milliseconds each.
inline constexpr const char* step_phases[] = {"gather", "forward", "backward", "all_reduce", "update"};

// A run that can be timed again and again. It writes no files, and never ends early.
class StepTiming {
 public:
  // Collective over `world`, which trains the run. `world`, `cache` and `compute` outlive this. Throws
  // comm::CollectiveError.
  StepTiming(std::string run_id, config::Config config, comm::Communicator& world, SplitsCache& cache,
             const Compute& compute);

  // Collective. Trains `warm_up` steps and then `steps` more, and gives measurements of the latter as one
  // JSON object: the run, what it is computed by, milliseconds a step and a phase, rates, and the machine's
  // peak beside them.
  nlohmann::ordered_json measure(std::int64_t steps, std::int64_t warm_up);

 private:
  std::string run_id_;
  config::Config config_;
  comm::Communicator& world_;
  std::unique_ptr<comm::Communicator> ordered_;  // null unless the run is reproducible
  comm::Communicator& group_;
  const data::Splits& splits_;
  const Compute& compute_;
  std::unique_ptr<train::Stepper> stepper_;
};

}  // namespace cellsweep::job
