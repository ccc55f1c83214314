// The memory of hosts against what the largest run needs.
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <functional>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"
#include "unit/temporary_folder.h"

namespace cellsweep::doctor {
namespace {

struct HostState {
  double limit, available;
};

class CheckHostMemory : public testing::Test {
 protected:
  CheckHostMemory() { std::ofstream(file_) << "name: a\n"; }
  // On hosts that both have so many bytes.
  CheckResult check(double limit, double available, const std::string& file) {
    comm::SimulatedRanks world(4);
    world.change_gathered = [=](std::span<std::byte> all) {
      if (all.size() != 4 * sizeof(HostState)) return;  // of texts
      for (std::size_t rank = 0; rank < 4; ++rank) {
        const HostState state{limit, available};
        std::memcpy(all.data() + rank * sizeof state, &state, sizeof state);
      }
    };
    return check_host_memory(two_hosts(world), config_, file);
  }

  TemporaryFolder folder_;
  const std::string file_ = folder_ / "a.yaml";
  config::Config config_ = config::parse_config(
      "data: {format: synthetic, synthetic: {length: 10, train_samples: 1000, validation_samples: 100}}\n"
      "train: {loss: mse}\nparallel: {device: cpu}\n"
      "sweep: {parameters: {model.hidden_size: {values: [8, 256, 16]}}}",
      "f");
};

TEST_F(CheckHostMemory, WithoutAFileIsWhatTheHostsHave) {
  const CheckResult result = check(4e9, 2e9, "");
  EXPECT_EQ(result.verdict, Verdict::ok);
  EXPECT_NE(result.found.find("; n2: "), std::string::npos) << result.found;
  EXPECT_TRUE(result.found.ends_with(", 2.0 GB free")) << result.found;
}

TEST_F(CheckHostMemory, SufficesForTheLargestRun) {
  const CheckResult result = check(4e9, 2e9, file_);
  EXPECT_EQ(result.verdict, Verdict::ok);
  EXPECT_NE(result.found.find("; run 002-256 needs "), std::string::npos) << result.found;
}

TEST_F(CheckHostMemory, ThatIsNotFreeIsAWarningAndThatIsNotThereAnError) {
  EXPECT_EQ(check(4e9, 1e5, file_).verdict, Verdict::warning);
  const CheckResult result = check(1e5, 1e5, file_);
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_NE(result.fix.find("model.hidden_size (it is 256)"), std::string::npos) << result.fix;
}

TEST_F(CheckHostMemory, DataThatCannotBeReadAreAnError) {
  config_ = config::parse_config("data: {directory: /none}", "f");
  const CheckResult result = check(4e9, 2e9, file_);
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_NE(result.found.find("what runs need is not known: /none"), std::string::npos) << result.found;
}

}  // namespace
}  // namespace cellsweep::doctor
