#include "job/paths.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "unit/temporary_folder.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

// A config beside a file x.npy, which is not in the working directory.
TEST(CheckPaths, NamesTheFileBesideTheConfigThatWasMeant) {
  const TemporaryFolder folder;
  const std::string file = folder / "run.yaml";
  std::ofstream(folder / "x.npy") << "data";
  config::Config config;
  config.data.format = data::Format::npy;
  config.data.train.inputs = "x.npy";
  const std::string refusal = user_error([&] { check_paths(config, file); });
  EXPECT_TRUE(
      refusal.starts_with("data.train.inputs: x.npy is not there; did you mean " + (folder / "x.npy") + "?"))
      << refusal;
  EXPECT_NO_THROW(check_paths(config, "")) << "there is no file that it could be beside";
  config.data.train.inputs = folder / "x.npy";
  EXPECT_NO_THROW(check_paths(config, file));
  config.data.train.inputs = "y.npy";
  EXPECT_NO_THROW(check_paths(config, file)) << "who reads it says so";
  config.data.train.inputs = "";
  config.model.initial_weights = "x.npy";
  EXPECT_TRUE(user_error([&] { check_paths(config, file); }).starts_with("model.initial_weights: "));
}

TEST(CheckPaths, LooksAtThoseOfTheFormatAlone) {
  const TemporaryFolder folder;
  std::ofstream(folder / "x.npy") << "data";
  config::Config config;
  config.data.train.inputs = "x.npy";
  EXPECT_NO_THROW(check_paths(config, folder / "run.yaml")) << "idx has a directory";
}

}  // namespace
}  // namespace cellsweep::job
