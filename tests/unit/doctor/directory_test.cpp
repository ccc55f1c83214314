#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "doctor/checks.h"
#include "unit/doctor/topologies.h"
#include "unit/temporary_folder.h"

namespace cellsweep::doctor {
namespace {

namespace fs = std::filesystem;

CheckResult check(const std::string& directory) {
  const auto self = comm::make_self_communicator();
  config::Config config;
  config.output.directory = directory;
  return check_directory(one_host(*self), config);
}

TEST(CheckDirectory, LeavesNothingNeitherAFileNorTheFoldersAboveIt) {
  const TemporaryFolder folder;
  const CheckResult result = check(folder / "a/b");
  EXPECT_NE(result.verdict, Verdict::error) << result.found;
  EXPECT_TRUE(result.found.starts_with((folder / "a/b") + ": writable, ")) << result.found;
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(CheckDirectory, OneThatCannotBeIsAnError) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "x";
  const CheckResult result = check(folder / "file/below");
  EXPECT_EQ(result.verdict, Verdict::error);
  EXPECT_NE(result.found.find(folder / "file"), std::string::npos) << result.found;
  EXPECT_NE(result.fix, "");
}

}  // namespace
}  // namespace cellsweep::doctor
