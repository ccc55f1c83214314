#include "job/failing_runs.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "unit/user_error.h"

namespace cellsweep::job {
namespace {

// Runs a, b, c, d; which of them a check refuses, which of them are known to fail.
struct Checked {
  std::vector<std::string> lines;
  std::set<std::string> known;
  std::string asked;  // the runs that were checked
};

Checked check(const std::string& refused, std::set<std::string> known = {}, std::size_t most = 4) {
  std::vector<sweep::PlannedRun> runs;
  for (const char* id : {"a", "b", "c", "d"}) runs.push_back({.run_id = id, .parameters = {}});
  Checked checked{.lines = {}, .known = std::move(known), .asked = {}};
  checked.lines = find_failing_runs(runs, most, checked.known, [&](const sweep::PlannedRun& run) {
    checked.asked += run.run_id;
    if (refused.find(run.run_id) != std::string::npos) throw UserError("no " + run.run_id);
  });
  return checked;
}

TEST(FindFailingRuns, GivesALineEachAndKeepsTheirIds) {
  const Checked checked = check("bd");
  EXPECT_EQ(checked.lines, (std::vector<std::string>{"run b will fail: no b", "run d will fail: no d"}));
  EXPECT_EQ(checked.known, (std::set<std::string>{"b", "d"}));
  EXPECT_EQ(checked.asked, "abcd");
}

TEST(FindFailingRuns, WhatIsKnownIsNotAskedAgain) {
  const Checked checked = check("bd", {"a", "b"});
  EXPECT_EQ(checked.asked, "cd");
  EXPECT_EQ(checked.lines.size(), 1u);
  EXPECT_EQ(checked.known, (std::set<std::string>{"a", "b", "d"}));
}

TEST(FindFailingRuns, BeyondTheFirstOnesItLooksOnlyUntilOnePasses) {
  EXPECT_EQ(check("", {}, 2).asked, "ab");
  EXPECT_EQ(check("ab", {}, 2).asked, "abc");
}

TEST(FindFailingRuns, IsTheFirstErrorIfNoRunPasses) {
  EXPECT_EQ(user_error([] { check("abcd"); }), "no a");
  EXPECT_EQ(user_error([] { check("abcd", {"a"}); }), "no b");
}

}  // namespace
}  // namespace cellsweep::job
