#include "doctor/topology.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/process.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

TEST(Topology, KnowsTheRanksOfAHost) {
  comm::SimulatedRanks world(4);
  const JobTopology topology = two_hosts(world);
  EXPECT_EQ(topology.ranks_of(0), (std::vector<int>{0, 1}));
  EXPECT_EQ(topology.ranks_of(1), (std::vector<int>{2, 3}));
  EXPECT_TRUE(topology.leads_host());
  EXPECT_FALSE(topology.has_one_host());
  EXPECT_TRUE(one_host(world).has_one_host());
}

TEST(FindTopology, OfAProcessAloneIsItself) {
  const auto self = comm::make_self_communicator();
  const JobTopology topology = find_topology(*self);
  EXPECT_EQ(topology.host_names, (std::vector<std::string>{host_name()}));
  EXPECT_EQ(topology.first_ranks, (std::vector<int>{0}));
  EXPECT_EQ(topology.host_of, (std::vector<int>{0}));
}

// Containers of one host have several names, cloned machines the same.
TEST(FindTopology, DistinguishesHostsByTheirFirstRanksNotByTheirNames) {
  comm::SimulatedRanks world(4);
  world.answer_texts({"other", host_name(), host_name()});
  world.change_gathered = [](std::span<std::byte> all) {
    const std::vector<int> firsts{0, 0, 2, 2};
    std::memcpy(all.data(), firsts.data(), all.size());
  };
  const JobTopology topology = find_topology(world);
  EXPECT_EQ(topology.host_names[1], "other");
  EXPECT_EQ(topology.first_ranks, (std::vector<int>{0, 2}));
  EXPECT_EQ(topology.host_of, (std::vector<int>{0, 0, 1, 1}));
}

}  // namespace
}  // namespace cellsweep::doctor
