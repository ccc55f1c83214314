// Where results go.
#include "job/output.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "unit/temporary_folder.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(MakeSweepDirectory, TakesTheNextNameThatIsFree) {
  const TemporaryFolder parent;
  const fs::path below = parent / "a/b";
  EXPECT_EQ(make_sweep_directory(below, "cells"), below / "cells");
  EXPECT_EQ(make_sweep_directory(below, "cells"), below / "cells-2");
  fs::remove(below / "cells");
  EXPECT_EQ(make_sweep_directory(below, "cells"), below / "cells");
  EXPECT_EQ(make_sweep_directory(below, "cells"), below / "cells-3");
}

TEST(MakeSweepDirectory, NamesTheRemedyIfItCannotBe) {
  const TemporaryFolder parent;
  std::ofstream(parent / "file") << "x";
  const std::string refusal = user_error([&] { make_sweep_directory(parent / "file", "cells"); });
  EXPECT_TRUE(refusal.starts_with(parent / "file")) << refusal;
  EXPECT_TRUE(refusal.ends_with("; name another folder with --output")) << refusal;
}

TEST(WriteResult, ReplacesAFileAndFollowsALink) {
  const TemporaryFolder folder;
  write_result(folder / "a", "one");
  write_result(folder / "a", "two");
  EXPECT_EQ(content(folder / "a"), "two");
  fs::create_symlink(folder / "a", folder / "link");
  write_result(folder / "link", "three");
  EXPECT_EQ(content(folder / "a"), "three");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
}

TEST(WriteResult, RefusesAFolderAndALinkToNothing) {
  const TemporaryFolder folder;
  EXPECT_NE(user_error([&] { write_result(folder.path(), "x"); }).find("is no file"), std::string::npos);
  fs::create_symlink(folder / "nothing", folder / "link");
  EXPECT_NE(user_error([&] { write_result(folder / "link", "x"); }).find("a file that is not there"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(folder / "nothing"));
}

TEST(WriteResult, WritesToADeviceAndLeavesItThere) {
  EXPECT_NO_THROW(write_result("/dev/null", "x"));
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

}  // namespace
}  // namespace cellsweep::job
