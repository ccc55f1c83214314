#include "comm/launcher.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/error.h"

namespace cellsweep::comm {
namespace {

Launch launch_in(const std::map<std::string, std::string>& environment) {
  return detect_launch([&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST(Launcher, StartsMpiOnlyUnderAnMpiLauncher) {
  EXPECT_FALSE(launch_in({}).through_mpi);
  EXPECT_TRUE(launch_in({{"OMPI_COMM_WORLD_SIZE", "4"}}).through_mpi);
  EXPECT_TRUE(launch_in({{"PMIX_RANK", "0"}}).through_mpi);
  EXPECT_TRUE(launch_in({{"PMI_RANK", "1"}}).through_mpi);
  // An sbatch script's own shell, or a step of one task.
  EXPECT_FALSE(launch_in({{"SLURM_PROCID", "0"}}).through_mpi);
  EXPECT_FALSE(launch_in({{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}).through_mpi);
}

TEST(Launcher, RefusesSrunWithoutPmix) {
  try {
    launch_in({{"SLURM_PROCID", "1"}, {"SLURM_STEP_NUM_TASKS", "4"}});
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("srun --mpi=pmix"), std::string::npos);
  }
}

TEST(Launcher, ComparesTheWorldWithWhatWasAskedFor) {
  const Launch mpirun = launch_in({{"OMPI_COMM_WORLD_SIZE", "4"},
                                   {"PMIX_RANK", "0"},
                                   {"SLURM_PROCID", "0"},
                                   {"SLURM_STEP_NUM_TASKS", "2"}});
  EXPECT_NO_THROW(check_world_size(mpirun, 4));
  EXPECT_THROW(check_world_size(mpirun, 1), UserError);
  const Launch srun = launch_in({{"PMIX_RANK", "0"}, {"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}});
  EXPECT_NO_THROW(check_world_size(srun, 2));
  EXPECT_THROW(check_world_size(srun, 1), UserError);
  EXPECT_NO_THROW(check_world_size(launch_in({{"PMIX_RANK", "0"}}), 3));
}

}  // namespace
}  // namespace cellsweep::comm
