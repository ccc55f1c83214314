// Where and by what runs are computed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "comm/mpi/mpi_session.h"
#include "config/config.h"
#include "data/dataset.h"
#include "engines/make_network.h"
#include "model/network.h"
#include "train/stepper.h"

namespace cellsweep::job {

// What is the same for all runs of a job.
struct Compute {
  std::optional<int> device;  // CUDA's number of this rank's GPU; none: on the CPU
  model::Engine engine = model::Engine::fused;
  std::string engine_reason{};  // why that one, for the log
  comm::Watchdog& watchdog;
  int host_ranks = 1;  // of the job, on this rank's host

  const char* device_name() const { return device ? "GPU" : "CPU"; }
};

// Collective if options.debug: sets the deadline of waits for other ranks, and warns if more threads are
// wanted than the launcher gave this rank cores. Ask session.world() again afterwards.
void prepare_process(const comm::ParallelOptions& options, comm::MpiSession& session);

// Collective over the world: finds where to compute as the config asks, and makes the GPU CUDA's current one.
// Throws comm::CollectiveError, of a UserError's kind if that is not to be had.
Compute choose_compute(const config::Config& config, comm::MpiSession& session);

// Throws UserError if the run computes or sums with numbers that only GPUs have.
void check_precision(const config::Config& config);

// Throws UserError if the loss is not one for the data.
void check_data_fits(const config::Config& config, const data::Splits& splits);

// Makes the network of a run on this host, with initial weights, for `group`, in which each rank has `shards`
// shards. Throws UserError if the config does not fit the data, and as engines::make_network().
std::unique_ptr<model::Network> make_run_network(const config::Config& config, const data::Splits& splits,
                                                 std::int64_t shards, comm::Communicator& group);

// Makes what computes the steps of a run, for `group`, in which each rank has `shards` shards; the arguments
// outlive it. Collective on GPUs. Throws UserError, on all ranks alike, if the config does not fit the data,
// UserError if memory runs out, and comm::CollectiveError if it fails on some ranks of a GPU run.
std::unique_ptr<train::Stepper> make_run_stepper(const config::Config& config, const data::Splits& splits,
                                                 std::int64_t shards, comm::Communicator& group,
                                                 const Compute& compute);

// The shape of a sample and the number of classes, which is 1 for a regression. `splits` may be an outline.
model::DataShape shape_of(const data::Splits& splits);

}  // namespace cellsweep::job
