#include "base/run_state.h"

#include <gtest/gtest.h>

namespace cellsweep {
namespace {

// Ledgers, reports and metrics have these words.
TEST(RunState, HasTheNamesOfTheFiles) {
  const std::pair<RunState, const char*> names[] = {
      {RunState::planned, "planned"},        {RunState::running, "running"},
      {RunState::finished, "finished"},      {RunState::failed, "failed"},
      {RunState::diverged, "diverged"},      {RunState::pruned, "pruned"},
      {RunState::interrupted, "interrupted"}};
  EXPECT_EQ(std::size(names), enum_names<RunState>.size());
  for (const auto& [state, name] : names) {
    EXPECT_EQ(to_name(state), name);
    EXPECT_EQ(from_name<RunState>(name), state);
  }
}

TEST(RunCounts, TellThoseThatAreOverFromThoseToCome) {
  RunCounts counts;
  std::size_t number = 1;
  for (const std::string_view name : enum_names<RunState>) counts[*from_name<RunState>(name)] = number++;
  EXPECT_EQ(counts[RunState::failed], 4U);
  EXPECT_EQ(counts.total(), 1U + 2 + 3 + 4 + 5 + 6 + 7);
  EXPECT_EQ(counts.over(), 3U + 4 + 5 + 6);  // finished, failed, diverged, pruned
}

}  // namespace
}  // namespace cellsweep
