#include <gtest/gtest.h>

#include <cstdlib>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"

namespace cellsweep::doctor {
namespace {

class CheckNetwork : public testing::Test {
 protected:
  CheckNetwork() { unsetenv("OMPI_MCA_btl_tcp_if_include"); }
  ~CheckNetwork() override { unsetenv("OMPI_MCA_btl_tcp_if_include"); }
  // n2 is this host, which reaches itself by its loopback interface; it says that it reaches n1 by
  // `interface`.
  CheckResult check(const std::string& interface) {
    comm::SimulatedRanks world(4);
    world.answer_texts({"", interface, ""});
    JobTopology topology = two_hosts(world);
    topology.host_names[2] = topology.host_names[3] = "127.0.0.1";
    return check_network(topology);
  }
};

TEST_F(CheckNetwork, OneHostNeedsNone) {
  comm::SimulatedRanks world(4);
  EXPECT_EQ(check_network(one_host(world)).found, "one host: none");
}

TEST_F(CheckNetwork, NamesTheInterfaceOfEachHost) {
  const CheckResult result = check("ib0");
  EXPECT_EQ(result.verdict, Verdict::ok);
  EXPECT_EQ(result.found, "n1: lo, 127.0.0.1: ib0; Open MPI chooses");
}

TEST_F(CheckNetwork, AHostThatDoesNotKnowTheOtherIsAWarningUnlessTheNetworkIsNamed) {
  EXPECT_EQ(check("").verdict, Verdict::warning);
  EXPECT_EQ(check("").found, "n1: lo, 127.0.0.1: unknown; Open MPI chooses");
  setenv("OMPI_MCA_btl_tcp_if_include", "eth1", 1);
  EXPECT_EQ(check("").verdict, Verdict::ok);
  EXPECT_EQ(check("").found, "n1: lo, 127.0.0.1: unknown; Open MPI is set to use eth1");
}

}  // namespace
}  // namespace cellsweep::doctor
