#include "base/stop_request.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/run_state.h"

namespace cellsweep {
namespace {

TEST(StopRequest, TheGreaterOneInterrupts) {
  EXPECT_EQ(std::max(StopRequest::prune, StopRequest::interrupt), StopRequest::interrupt);
  EXPECT_EQ(state_after(StopRequest::none), RunState::finished);
  EXPECT_EQ(state_after(StopRequest::prune), RunState::pruned);
  EXPECT_EQ(state_after(StopRequest::interrupt), RunState::interrupted);
}

}  // namespace
}  // namespace cellsweep
