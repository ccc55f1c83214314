#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "comm/agreement.h"
#include "comm/chunks.h"
#include "comm/communicator.h"
#include "comm/gradient_reducer.h"
#include "comm/launcher.h"
#include "comm/mpi/mpi_session.h"
#include "comm/pairwise.h"

namespace cellsweep::comm {
namespace {

TEST(SelfCommunicator, IsAGroupOfOne) {
  const auto self = make_self_communicator();
  EXPECT_EQ(self->rank(), 0);
  EXPECT_EQ(self->size(), 1);
  std::array<float, 2> values = {1.5f, -2};
  for (const auto reduction : {Reduction::sum, Reduction::min, Reduction::max})
    self->all_reduce(values, reduction);
  EXPECT_EQ(values, (std::array<float, 2>{1.5f, -2}));
  const std::array<int, 3> mine = {7, 8, 9};
  std::array<int, 3> all = {};
  self->all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
  EXPECT_EQ(all, mine);
  EXPECT_EQ(self->split(3, 1)->size(), 1);
  EXPECT_EQ(broadcast_text(*self, "text", 0), "text");
}

TEST(MpiSession, WithoutALauncherIsThisProcessAlone) {
  MpiSession session;
  EXPECT_EQ(session.world().size(), 1);
}

ExitCode agreed_code(const std::function<void()>& work) {
  try {
    run_collectively(*make_self_communicator(), work);
  } catch (const CollectiveError& error) {
    EXPECT_STREQ(error.what(), "why");
    return error.code();
  }
  return ExitCode::done;
}

TEST(RunCollectively, KeepsTheKindOfError) {
  EXPECT_EQ(agreed_code([] {}), ExitCode::done);
  EXPECT_EQ(agreed_code([] { throw UserError("why"); }), ExitCode::bad_input);
  EXPECT_EQ(agreed_code([] { throw Error("why"); }), ExitCode::failure);
  EXPECT_EQ(agreed_code([] { throw std::runtime_error("why"); }), ExitCode::failure);
  EXPECT_EQ(agreed_code([] { throw CollectiveError("why", ExitCode::some_runs_failed); }),
            ExitCode::some_runs_failed);
}

TEST(GradientReducer, DividesByTheGlobalSamplesAndCountsBytes) {
  const auto self = make_self_communicator();
  GradientReducer reducer(*self);
  std::array<float, 3> gradients = {6, -3, 1};
  reducer.reduce(gradients, 1, 3);
  EXPECT_EQ(gradients, (std::array<float, 3>{2, -1, 1.0f / 3}));
  reducer.reduce({}, 1, 3);
  EXPECT_EQ(reducer.bytes(), 12);
  EXPECT_GT(reducer.seconds(), 0);
}

TEST(GradientReducer, AddsTheShardsUpBeforeTheRanks) {
  const auto self = make_self_communicator();
  GradientReducer reducer(*self);
  std::array<float, 8> gradients = {1, 2, 3, 4, 5, 6, 7, 8};
  const auto mean = reducer.reduce(gradients, 4, 2);
  ASSERT_EQ(mean.size(), 2);
  EXPECT_EQ(mean[0], 8);
  EXPECT_EQ(mean[1], 10);
  EXPECT_EQ(reducer.bytes(), 8);
}

TEST(AddPairwise, IsTheSameTreeWhereverTheSummandsAre) {
  std::vector<float> values(
      8);  // in an order of addition other than the tree's, their sum rounds differently
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::pow(-3.1f, static_cast<float>(i));
  const auto add = [](std::vector<float> summands) {
    const std::size_t parts = summands.size();
    add_pairwise(std::span(summands), parts);
    return summands.front();
  };
  const float v0 = values[0] + values[1], v1 = values[2] + values[3], v2 = values[4] + values[5],
              v3 = values[6] + values[7];
  EXPECT_EQ(add(values), (v0 + v1) + (v2 + v3));
  for (const std::size_t ranks : {2, 4}) {
    std::vector<float> sums;
    const std::size_t each = values.size() / ranks;
    for (std::size_t rank = 0; rank < ranks; ++rank)
      sums.push_back(add({values.begin() + static_cast<std::ptrdiff_t>(rank * each),
                          values.begin() + static_cast<std::ptrdiff_t>((rank + 1) * each)}));
    EXPECT_EQ(add(sums), add(values));
  }
  EXPECT_EQ(add({1, 2, 3, 4, 5}), 15);
}

TEST(ForEachChunk, CoversAllOnceAndInOrder) {
  const auto chunks = [](std::size_t count, std::size_t limit) {
    std::vector<std::pair<std::size_t, int>> result;
    for_each_chunk(count, limit,
                   [&](std::size_t offset, int length) { result.emplace_back(offset, length); });
    return result;
  };
  using Chunks = std::vector<std::pair<std::size_t, int>>;
  EXPECT_EQ(chunks(0, 4), Chunks{});
  EXPECT_EQ(chunks(8, 4), (Chunks{{0, 4}, {4, 4}}));
  EXPECT_EQ(chunks(9, 4), (Chunks{{0, 4}, {4, 4}, {8, 1}}));
  const std::size_t limit = std::size_t{1} << 30;
  EXPECT_EQ(chunks(3 * limit + 5, limit),
            (Chunks{{0, 1 << 30}, {limit, 1 << 30}, {2 * limit, 1 << 30}, {3 * limit, 5}}));
}

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
