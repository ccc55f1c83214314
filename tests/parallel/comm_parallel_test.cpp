#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/process.h"
#include "comm/agreement.h"
#include "comm/checked_communicator.h"
#include "comm/gather_texts.h"
#include "comm/gradient_reducer.h"
#include "comm/ordered_communicator.h"
#include "comm/pairwise.h"
#include "parallel/world.h"

namespace cellsweep::comm {
namespace {

template <class Value>
bool same_on_all_ranks(const std::vector<Value>& values) {
  const auto mine = std::as_bytes(std::span(values));
  std::vector<std::byte> all(mine.size() * world().size());
  world().all_gather(mine, all);
  for (std::size_t at = 0; at < all.size(); at += mine.size())
    if (std::memcmp(all.data() + at, mine.data(), mine.size()) != 0) return false;
  return true;
}

// Values of very different size, so that any other order of addition rounds differently.
template <class Value>
std::vector<Value> rough_values(std::size_t count, int rank) {
  std::vector<Value> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto x =
        static_cast<double>((i + 1) * 2654435761u % 1000003u * static_cast<unsigned>(rank + 3) % 99991u);
    values[i] = static_cast<Value>(std::sin(x) * std::pow(10.0, static_cast<double>(i % 9) - 4));
  }
  return values;
}

template <class Value>
class FloatReduction : public testing::Test {};
using FloatTypes = testing::Types<float, double>;
TYPED_TEST_SUITE(FloatReduction, FloatTypes);

TYPED_TEST(FloatReduction, SumIsRightAndBitwiseEqualOnAllRanks) {
  for (const std::size_t count : {0, 1, 2, 3, 5, 7, 63, 1001, 4999, 65537, 300007}) {
    auto values = rough_values<TypeParam>(count, world().rank());
    std::vector<double> expected(count), scale(count);
    for (int rank = 0; rank < world().size(); ++rank) {
      const auto theirs = rough_values<TypeParam>(count, rank);
      for (std::size_t i = 0; i < count; ++i) expected[i] += theirs[i], scale[i] += std::abs(theirs[i]);
    }
    world().all_reduce(values);
    for (std::size_t i = 0; i < count; ++i)
      ASSERT_NEAR(values[i], expected[i], 4 * std::numeric_limits<TypeParam>::epsilon() * scale[i]) << i;
    EXPECT_TRUE(same_on_all_ranks(values)) << count;
  }
}

TYPED_TEST(FloatReduction, OrderedSumIsThePairwiseSum) {
  const auto ordered = make_ordered_communicator(world());
  for (const std::size_t count : {1, 1001, 300007}) {
    auto values = rough_values<TypeParam>(count, world().rank());
    std::vector<TypeParam> expected;
    for (int rank = 0; rank < world().size(); ++rank) {
      const auto theirs = rough_values<TypeParam>(count, rank);
      expected.insert(expected.end(), theirs.begin(), theirs.end());
    }
    add_pairwise(std::span(expected), world().size());
    expected.resize(count);
    ordered->all_reduce(values);
    EXPECT_EQ(values, expected) << count;
  }
}

// Slots take turns: who is fast must not write over what who is slow still reads.
TEST(Communicator, ReducesManyTimesInARow) {
  const auto size = static_cast<float>(world().size());
  std::vector<float> values(20011);
  for (int round = 0; round < 300; ++round) {
    std::fill(values.begin(), values.end(), static_cast<float>(round));
    world().all_reduce(values);
    ASSERT_EQ(values, std::vector<float>(values.size(), static_cast<float>(round) * size)) << round;
    if (round % 3 == world().rank()) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
}

TYPED_TEST(FloatReduction, ExtremaAreBitwiseEqualEvenOfNaNsAndZeros) {
  const int rank = world().rank();
  const TypeParam nan = std::numeric_limits<TypeParam>::quiet_NaN();
  const std::vector<TypeParam> mine = {static_cast<TypeParam>(rank),
                                       rank % 2 == 0 ? TypeParam{0} : -TypeParam{0},
                                       rank == 1 ? nan : static_cast<TypeParam>(rank)};
  auto low = mine, high = mine;
  world().all_reduce(low, Reduction::min);
  world().all_reduce(high, Reduction::max);
  EXPECT_EQ(low[0], 0);
  EXPECT_EQ(high[0], static_cast<TypeParam>(world().size() - 1));
  EXPECT_TRUE(same_on_all_ranks(low));
  EXPECT_TRUE(same_on_all_ranks(high));
}

TEST(Communicator, ReducesIntegers) {
  const std::int64_t rank = world().rank(), size = world().size(), big = std::int64_t{1} << 60;
  std::array<std::int64_t, 2> sum = {rank, 1}, low = {big + rank, -rank}, high = low;
  world().all_reduce(sum);
  world().all_reduce(low, Reduction::min);
  world().all_reduce(high, Reduction::max);
  EXPECT_EQ(sum, (std::array{size * (size - 1) / 2, size}));
  EXPECT_EQ(low, (std::array{big, 1 - size}));
  EXPECT_EQ(high, (std::array{big + size - 1, std::int64_t{0}}));
}

TEST(Communicator, BroadcastsFromEachRank) {
  for (int root = 0; root < world().size(); ++root) {
    const std::string text = "text of rank " + std::to_string(root) + std::string(root, '!');
    const std::string mine = world().rank() == root ? text : "shorter";
    EXPECT_EQ(broadcast_text(world(), mine, root), text);
    EXPECT_EQ(broadcast_text(world(), world().rank() == root ? "" : "longer", root), "");
  }
}

TEST(Communicator, GathersInRankOrder) {
  const std::array<int, 3> mine = {world().rank(), 10 * world().rank(), -1};
  std::vector<int> all(3 * static_cast<std::size_t>(world().size()));
  world().all_gather(std::as_bytes(std::span(mine)), std::as_writable_bytes(std::span(all)));
  for (int rank = 0; rank < world().size(); ++rank) {
    EXPECT_EQ(all[3 * rank], rank);
    EXPECT_EQ(all[3 * rank + 1], 10 * rank);
  }
  world().all_gather({}, {});
}

TEST(Communicator, SplitsByColorAndOrdersByKey) {
  const int rank = world().rank(), size = world().size();
  const auto subgroup = world().split(rank % 2, -rank);
  EXPECT_EQ(subgroup->size(), (size + 1 - rank % 2) / 2);
  EXPECT_EQ(subgroup->rank(), subgroup->size() - 1 - rank / 2);
  std::array<std::int64_t, 1> sum = {rank};
  subgroup->all_reduce(sum);
  std::int64_t expected = 0;
  for (int other = rank % 2; other < size; other += 2) expected += other;
  EXPECT_EQ(sum[0], expected);
  subgroup->split(0, 0)->barrier();
}

TEST(GradientReducer, GivesTheMeanOverTheGlobalBatch) {
  const int size = world().size();
  GradientReducer reducer(world());
  std::vector<float> gradients(1001, static_cast<float>(world().rank() + 1));
  const auto mean = reducer.reduce(gradients, 1, 8);
  EXPECT_EQ(mean.size(), 1001);
  EXPECT_EQ(gradients, std::vector<float>(1001, static_cast<float>(size * (size + 1) / 2) / 8));
  EXPECT_EQ(reducer.bytes(), 4004);
}

TEST(RunCollectively, GivesAllRanksTheErrorOfTheFirst) {
  const int last = world().size() - 1;
  EXPECT_NO_THROW(run_collectively(world(), [] {}));
  try {
    run_collectively(world(), [&] {
      if (world().rank() == last) throw UserError("data.directory: no such folder");
    });
    FAIL() << "returned";
  } catch (const CollectiveError& error) {
    const std::string who =
        "rank " + std::to_string(last) + " of " + std::to_string(last + 1) + " on " + host_name() + ": ";
    EXPECT_EQ(error.what(), (last == 0 ? "" : who) + "data.directory: no such folder");
    EXPECT_EQ(error.code(), ExitCode::bad_input);
  }
  try {
    run_collectively(world(), [] { throw Error("rank " + std::to_string(world().rank())); });
    FAIL() << "returned";
  } catch (const CollectiveError& error) {
    EXPECT_STREQ(error.what(), "rank 0");
    EXPECT_EQ(error.code(), ExitCode::failure);
  }
  world().barrier();
}

// The launcher's number of ranks, not what MPI says of itself.
TEST(MpiSession, SeesAllRanks) {
  const char* asked = std::getenv("OMPI_COMM_WORLD_SIZE");
  ASSERT_NE(asked, nullptr);
  EXPECT_EQ(std::to_string(world().size()), asked);
}

TEST(GatherTexts, EveryRankHasEveryTextInRankOrder) {
  const auto text_of = [](int rank) { return std::string(1000 * (rank % 2), static_cast<char>('a' + rank)); };
  const auto texts = gather_texts(world(), text_of(world().rank()));
  ASSERT_EQ(texts.size(), world().size());
  for (int rank = 0; rank < world().size(); ++rank) EXPECT_EQ(texts[rank], text_of(rank)) << rank;
}

// Each rank's `differ` does it in its own way, and all ranks report the same.
template <class Differ>
std::string complaint_of_all(Communicator& group, Differ differ) {
  std::string text;
  try {
    differ();
  } catch (const CollectiveError& error) {
    text = error.what();
  }
  EXPECT_TRUE(same_on_all_ranks(std::vector<char>(text.begin(), text.end())));
  group.barrier();  // the group is as good as before
  return text;
}

TEST(CheckedCommunicator, ReportsWhichRankWantedWhat) {
  if (world().size() < 2) return;
  const auto checked = make_checked_communicator(world());
  const bool odd = world().rank() % 2 == 1;
  const std::string odds = world().size() < 4 ? "rank 1" : "ranks 1, 3";
  std::array<float, 3> floats = {};
  std::array<std::int64_t, 3> integers = {};
  const auto expect = [&](const char* wanted, auto differ) {
    const std::string text = complaint_of_all(*checked, differ);
    EXPECT_NE(text.find(odds + " wanted " + wanted), std::string::npos) << text;
  };
  expect("barrier", [&] { odd ? checked->barrier() : checked->all_reduce(floats); });
  expect("all_reduce (sum) of 2 float32",
         [&] { checked->all_reduce(std::span(floats).first(odd ? 2 : 3), Reduction::sum); });
  expect("all_reduce (max) of 3 float32",
         [&] { checked->all_reduce(floats, odd ? Reduction::max : Reduction::sum); });
  expect("all_reduce (sum) of 3 int64",
         [&] { odd ? checked->all_reduce(integers) : checked->all_reduce(floats); });
  expect("broadcast of 12 bytes from rank 1",
         [&] { checked->broadcast(std::as_writable_bytes(std::span(floats)), odd ? 1 : 0); });
  expect("ncclAllReduce of 3 bfloat16",
         [&] { checked->verify_collective("ncclAllReduce", 3, odd ? "bfloat16" : "float32"); });
  const auto subgroup = checked->split(0, world().rank());
  expect("all_gather of 0 bytes", [&] {
    const std::vector<std::byte> mine(odd ? 0 : 1);
    std::vector<std::byte> all(mine.size() * static_cast<std::size_t>(subgroup->size()));
    subgroup->all_gather(mine, all);
  });
}

TEST(CheckedCommunicator, DoesWhatAllWant) {
  const auto checked = make_checked_communicator(world());
  std::array<float, 1> one = {1};
  checked->all_reduce(one);
  EXPECT_EQ(one[0], static_cast<float>(world().size()));
  EXPECT_EQ(broadcast_text(*checked, world().rank() == 0 ? "text" : "", 0), "text");
}

}  // namespace
}  // namespace cellsweep::comm
