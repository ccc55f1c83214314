#include "comm/communicator.h"

#include <gtest/gtest.h>

#include <array>
#include <span>

namespace cellsweep::comm {
namespace {

TEST(SelfCommunicator, IsAGroupOfOne) {
  const auto self = make_self_communicator();
  EXPECT_EQ(self->rank(), 0);
  EXPECT_EQ(self->size(), 1);
  std::array<float, 2> values = {1.5f, -2};
  for (const auto reduction : {Reduction::sum, Reduction::min, Reduction::max})
    self->all_reduce(values, reduction);
  EXPECT_EQ(values, (std::array<float, 2>{1.5f, -2}));
  const std::array<int, 3> mine = {7, 8, 9};
  std::array<int, 3> all = {};
  self->all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
  EXPECT_EQ(all, mine);
  EXPECT_EQ(self->split(3, 1)->size(), 1);
  EXPECT_EQ(broadcast_text(*self, "text", 0), "text");
}

}  // namespace
}  // namespace cellsweep::comm
