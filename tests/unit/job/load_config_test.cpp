#include "job/load_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "comm/agreement.h"
#include "unit/temporary_folder.h"

namespace cellsweep::job {
namespace {

TEST(LoadConfig, ReadsTheFileAndItsAssignments) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml") << "train: {epochs: 3}\n";
  const auto self = comm::make_self_communicator();
  RunArguments arguments;
  arguments.file = folder / "a.yaml";
  arguments.assignments = {{"train.batch_size", "8"}};
  const config::Config config = load_config(arguments, *self);
  EXPECT_EQ(config.train.epochs, 3);
  EXPECT_EQ(config.train.batch_size, 8);
}

TEST(LoadConfig, AMistakeIsOneOfAllRanks) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml") << "train: {epoch: 3}\n";
  const auto self = comm::make_self_communicator();
  RunArguments arguments;
  arguments.file = folder / "a.yaml";
  try {
    load_config(arguments, *self);
    FAIL();
  } catch (const comm::CollectiveError& error) {
    EXPECT_EQ(error.code(), ExitCode::bad_input);
    EXPECT_TRUE(std::string(error.what()).starts_with(arguments.file + ":1:9: ")) << error.what();
  }
}

}  // namespace
}  // namespace cellsweep::job
