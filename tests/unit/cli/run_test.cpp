#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "unit/cli/call.h"
#include "unit/temporary_folder.h"

namespace cellsweep::cli {
namespace {

TEST(Run, ShowsTheEffectiveConfigAndTrainsNothing) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml") << "train: {epochs: 3}\n";
  const std::string output = folder / "runs";
  const CallResult result =
      call({"run", folder / "a.yaml", "--print-config", "--output", output, "--set", "train.batch_size=8"});
  EXPECT_EQ(result.code, ExitCode::done);
  EXPECT_NE(result.out.find("\n  epochs: 3\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\n  batch_size: 8\n"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("\n  directory: " + output + "\n"), std::string::npos) << result.out;
  EXPECT_FALSE(std::filesystem::exists(output));
}

}  // namespace
}  // namespace cellsweep::cli
