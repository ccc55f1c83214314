#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <string_view>

#include "base/append_file.h"
#include "base/error.h"
#include "base/folder.h"

namespace cellsweep {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("cellsweep_base_" + std::to_string(::getpid()));
    fs::create_directory(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(FileTest, AtomicFileAppearsOnlyWhenCommitted) {
  const auto path = folder_ / "whole";
  {
    AtomicFile file(path);
    file.write("lost");
    EXPECT_FALSE(fs::exists(path));
  }
  EXPECT_TRUE(fs::is_empty(folder_));
  write_file(path, "kept");
  EXPECT_EQ(read_file(path, 100), "kept");
}

TEST_F(FileTest, FailuresNameThePath) {
  try {
    AtomicFile file(folder_ / "none" / "file");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("none/file"), std::string::npos);
  }
  EXPECT_THROW(read_file(folder_ / "missing", 10), UserError);
  EXPECT_THROW(read_file(folder_, 10), UserError);
  write_file(folder_ / "long", "0123456789a");
  EXPECT_THROW(read_file(folder_ / "long", 10), UserError);
}

TEST_F(FileTest, AFullDiskIsReported) {
  AppendFile file("/dev/full");
  EXPECT_THROW(file.append("line"), Error);
}

TEST_F(FileTest, AppendFileKeepsWhatIsThere) {
  const auto path = folder_ / "lines";
  AppendFile(path).append("one");
  AppendFile(path).append("two");
  EXPECT_EQ(read_file(path, 100), "one\ntwo\n");
}

TEST_F(FileTest, AppendFileFollowsNoLink) {
  write_file(folder_ / "target", "whole\ntorn");
  fs::create_symlink(folder_ / "target", folder_ / "link");
  EXPECT_THROW(AppendFile(folder_ / "link"), UserError);
  EXPECT_EQ(read_file(folder_ / "target", 100), "whole\ntorn");
}

TEST_F(FileTest, ATornLineIsCutOffWhateverItsLength) {
  const auto path = folder_ / "lines";
  constexpr std::size_t block = std::size_t{1} << 16;
  const std::string whole = "one\ntwo\n";
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, block - 1, block, block + 1, 3 * block})
    for (const std::string& before : {std::string(), whole}) {
      write_file(path, before + std::string(length, '\0'));
      AppendFile(path).drop_torn_line();
      EXPECT_EQ(read_file(path, 4 * block), before) << length;
    }
}

// What a power cut may leave. Byte by byte it took 43 seconds.
TEST_F(FileTest, ALongTornLineIsCutOffAtOnce) {
  const auto path = folder_ / "lines";
  write_file(path, "one\n" + std::string(20'000'000, '\0'));
  const auto before = std::chrono::steady_clock::now();
  AppendFile(path).drop_torn_line();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(2));
  EXPECT_EQ(read_file(path, 100), "one\n");
}

TEST_F(FileTest, PermissionsAreWhatUmaskLeavesOrThoseOfTheFileBefore) {
  const auto mode_of = [](const fs::path& path) {
    struct stat status {};
    stat(path.c_str(), &status);
    return status.st_mode & 07777;
  };
  const mode_t before = umask(0027);
  write_file(folder_ / "new", "");
  umask(before);
  EXPECT_EQ(mode_of(folder_ / "new"), 0640u);
  chmod((folder_ / "new").c_str(), 0604);
  write_file(folder_ / "new", "again");
  EXPECT_EQ(mode_of(folder_ / "new"), 0604u);
}

TEST_F(FileTest, ALinkIsFollowedOnlyIfThatIsMeant) {
  write_file(folder_ / "target", "text");
  fs::create_symlink(folder_ / "target", folder_ / "link");
  EXPECT_EQ(read_file(folder_ / "link", 100), "text");
  EXPECT_THROW(read_file(folder_ / "link", 100, Links::refused), UserError);
  write_file(folder_ / "link", "other");  // a rename takes the link's own place
  EXPECT_EQ(read_file(folder_ / "target", 100), "text");
  EXPECT_EQ(read_file(folder_ / "link", 100, Links::refused), "other");
}

TEST_F(FileTest, NothingButARegularFileIsOpened) {
  mkfifo((folder_ / "pipe").c_str(), 0600);
  fs::create_symlink(folder_ / "pipe", folder_ / "link");
  for (const fs::path& path : {folder_ / "pipe", folder_ / "link", fs::path("/dev/zero"), folder_}) {
    auto reading = std::async(std::launch::async, [&] { return read_file(path, 100); });
    ASSERT_EQ(reading.wait_for(std::chrono::seconds(10)), std::future_status::ready) << path;
    EXPECT_THROW(reading.get(), UserError) << path;
  }
}

TEST_F(FileTest, TemporaryFilesAreRemovedAndNothingElse) {
  const auto is_ours = [](std::string_view name) { return name == "a.b" || name == "c"; };
  const std::string_view ours[] = {"a.b.partial-Xy12ab", "c.partial-000000"};
  const std::string_view others[] = {"a.b",
                                     "a.b.Xy12ab",
                                     "a.b.backup",
                                     "a.b.partial-",
                                     "a.b.partial-Xy12a",
                                     "a.b.partial-Xy12abc",
                                     "a.b.partial-Xy12a.",
                                     "d.partial-Xy12ab",
                                     "a.b.partial-Xy12ab.partial-Xy12ab",
                                     ".partial-Xy12ab"};
  for (const auto& name : ours) std::ofstream(folder_ / name) << "left";
  for (const auto& name : others) std::ofstream(folder_ / name) << "kept";
  fs::create_directory(folder_ / "c.partial-folder");
  fs::create_symlink(folder_ / "a.b", folder_ / "c.partial-linked");
  remove_temporaries(folder_, is_ours);
  for (const auto& name : ours) EXPECT_FALSE(fs::exists(folder_ / name)) << name;
  for (const auto& name : others) EXPECT_TRUE(fs::exists(folder_ / name)) << name;
  EXPECT_TRUE(fs::is_directory(folder_ / "c.partial-folder"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "c.partial-linked"));
  std::ofstream(folder_ / ours[0]) << "left";
  fs::create_directory_symlink(folder_, folder_ / "link");
  remove_temporaries(folder_ / "link", is_ours);  // another's folder
  EXPECT_TRUE(fs::exists(folder_ / ours[0]));
  EXPECT_NO_THROW(remove_temporaries(folder_ / "none", is_ours));
}

TEST_F(FileTest, AnAtomicFilesTemporaryNameIsOneOfThem) {
  AtomicFile file(folder_ / "name");
  remove_temporaries(folder_, [](std::string_view name) { return name == "name"; });
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FileTest, FoldersAreMadeWithThoseAboveThem) {
  make_folders(folder_ / "a" / "b" / "");
  EXPECT_TRUE(fs::is_directory(folder_ / "a" / "b"));
  EXPECT_NO_THROW(make_folders(folder_ / "a" / "b"));
  write_file(folder_ / "file", "");
  EXPECT_THROW(make_folders(folder_ / "file" / "below"), UserError);
}

}  // namespace
}  // namespace cellsweep
