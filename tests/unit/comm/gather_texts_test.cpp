#include "comm/gather_texts.h"

#include <gtest/gtest.h>

#include "unit/comm/simulated_ranks.h"

namespace cellsweep::comm {
namespace {

TEST(GatherTexts, GivesEachRanksHoweverLong) {
  EXPECT_EQ(gather_texts(*make_self_communicator(), "mine"), (std::vector<std::string>{"mine"}));
  SimulatedRanks ranks(4);
  ranks.answer_texts({"", "a longer one", std::string("\0b", 2)});
  EXPECT_EQ(gather_texts(ranks, "mine"),
            (std::vector<std::string>{"mine", "", "a longer one", std::string("\0b", 2)}));
}

}  // namespace
}  // namespace cellsweep::comm
