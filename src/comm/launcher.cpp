#include "comm/launcher.h"

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/parse_number.h"

namespace cellsweep::comm {

namespace {

std::optional<int> to_int(const char* text) {
  if (text == nullptr) return std::nullopt;
  return parse_number<int>(text);
}

}  // namespace

Launch detect_launch(const std::function<const char*(const char*)>& variable) {
  Launch launch;
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"})
    launch.through_mpi = launch.through_mpi || variable(name) != nullptr;
  // mpirun's number comes first: inside Slurm, it starts one daemon a host, and the Slurm step has the
  // daemons' number.
  launch.asked_size = to_int(variable("OMPI_COMM_WORLD_SIZE"));
  if (!launch.asked_size) launch.asked_size = to_int(variable("PMI_SIZE"));
  for (const char* name : {"OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID"})
    if (const auto local_rank = to_int(variable(name))) {
      launch.is_first_of_host = *local_rank == 0;
      break;
    }
  const bool slurm_step = variable("SLURM_PROCID") != nullptr;
  if (!launch.asked_size && slurm_step) launch.asked_size = to_int(variable("SLURM_STEP_NUM_TASKS"));

  if (!launch.through_mpi && launch.asked_size.value_or(1) > 1)
    throw UserError(
        "srun started " + std::to_string(*launch.asked_size) +
        " processes (SLURM_STEP_NUM_TASKS), but MPI knows of none: start them with srun --mpi=pmix");
  return launch;
}

bool is_first_rank(const std::function<const char*(const char*)>& variable) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"})
    if (const auto rank = to_int(variable(name))) return *rank == 0;
  return true;
}

void check_world_size(const Launch& launch, int world_size) {
  if (launch.asked_size.value_or(world_size) == world_size) return;
  throw UserError(
      "the launcher was asked for " + std::to_string(*launch.asked_size) + " ranks, but MPI sees " +
      std::to_string(world_size) +
      ": start cellsweep with the mpirun of the MPI that it was built with, or with srun --mpi=pmix");
}

}  // namespace cellsweep::comm
