#include "terminal/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/stopwatch.h"

namespace cellsweep::terminal {
namespace {

TEST(Output, LosesTextThatNobodyReadsAndWaitsOnce) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::FILE* const file = fdopen(ends[1], "w");
  Output output(file);
  const std::string line(1000, 'x');
  const Stopwatch clock;
  for (int i = 0; i < 1000; ++i) output.print(line);
  output.print(std::string(100'000, 'x'));
  EXPECT_LT(clock.seconds(), 10);
  std::string taken(1 << 20, ' ');
  const ssize_t before = read(ends[0], taken.data(), taken.size());
  EXPECT_GT(before, 10'000);
  EXPECT_LT(before, 1'000'000);
  output.print("heard again");
  taken.resize(std::max<ssize_t>(0, read(ends[0], taken.data(), taken.size())));
  EXPECT_EQ(taken, "heard again");
  std::fclose(file);
  close(ends[0]);
}

// A terminal says that it is ready while it has room for a part of a line.
TEST(Output, DoesNotWaitWithinALineForATerminalThatNobodyReads) {
  const int reader = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(reader, 0);
  ASSERT_EQ(grantpt(reader), 0);
  ASSERT_EQ(unlockpt(reader), 0);
  const int writer = open(ptsname(reader), O_WRONLY | O_NOCTTY);
  ASSERT_GE(writer, 0);
  std::FILE* const file = fdopen(writer, "w");
  Output output(file);
  const std::string line(90, 'x');
  const Stopwatch clock;
  for (int i = 0; i < 10'000; ++i) output.print(line + "\n");
  EXPECT_LT(clock.seconds(), 10);
  std::string taken(1 << 16, ' ');
  EXPECT_GT(read(reader, taken.data(), taken.size()), 90);
  close(reader);
  std::fclose(file);
}

}  // namespace
}  // namespace cellsweep::terminal
