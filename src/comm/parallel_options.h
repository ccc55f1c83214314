// How ranks work together on a run.
#pragma once

#include <string>

#include "base/enum_names.h"

namespace cellsweep::comm {

enum class Device { automatic, cpu, cuda };
// What sums the gradients of GPUs: NCCL, or MPI in the hosts' memory.
enum class Backend { automatic, nccl, mpi };
// The type in which gradients of GPUs are summed.
enum class GradientType { float32, bfloat16 };

struct ParallelOptions {
  Device device = Device::automatic;
  Backend backend = Backend::automatic;            // automatic: nccl
  GradientType gradients = GradientType::float32;  // bfloat16: with nccl
  bool cuda_graphs = true;                         // record steps on a GPU and replay them
  int threads = 1;                                 // compute threads of each rank
  double timeout_seconds = 300;                    // longest wait for other ranks before the job is ended
  bool debug = false;  // ranks compare what they are about to do, before each collective operation
  bool synchronize_batch_norm = true;
  // How many ranks train a run of a sweep together: "all", "auto" (as few as keep every rank busy) or a
  // number. The groups train different runs at the same time.
  std::string ranks_per_run = "all";
  // The result does not depend on the number of ranks, bit for bit: sums are made over fixed shards of the
  // global batch, and summed in a fixed order.
  bool reproducible = false;
};

// Shards of the global batch of a reproducible run, and so its largest number of ranks.
constexpr int reproducible_shards = 8;

// How many shards each of `ranks` ranks has. Throws UserError if a reproducible run cannot have so many
// ranks.
int shards_per_rank(const ParallelOptions& options, int ranks);

}  // namespace cellsweep::comm

namespace cellsweep {
template <>
inline constexpr auto enum_names<comm::Device> = std::to_array<std::string_view>({"auto", "cpu", "cuda"});
template <>
inline constexpr auto enum_names<comm::Backend> = std::to_array<std::string_view>({"auto", "nccl", "mpi"});
template <>
inline constexpr auto enum_names<comm::GradientType> =
    std::to_array<std::string_view>({"float32", "bfloat16"});
}  // namespace cellsweep
