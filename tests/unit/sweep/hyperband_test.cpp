// Which runs are stopped early.
#include "sweep/hyperband.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "base/random.h"

namespace cellsweep::sweep {
namespace {

TEST(HyperbandTest, BandsAsInTheSchema) {
  using Bands = std::vector<std::int64_t>;
  EXPECT_EQ(bands_of({.max_iter = 27, .s = 2}, 100), (Bands{3, 9}));
  EXPECT_EQ(bands_of({.min_iter = 3}, 30), (Bands{3, 9, 27}));
  EXPECT_EQ(bands_of({.min_iter = 3, .eta = 2}, 11), (Bands{3, 6}));
  EXPECT_EQ(bands_of({.max_iter = 4, .s = 10, .eta = 2}, 100), (Bands{1, 2}));
}

// Losses by run and epoch.
using Losses = std::vector<std::vector<double>>;

// The verdicts, if the epochs of each run come in order and the runs in any.
std::set<std::pair<std::size_t, std::int64_t>> verdicts_of(const Losses& losses,
                                                           const EarlyTerminateOptions& options,
                                                           std::uint64_t order) {
  Hyperband hyperband(options, Goal::minimize, losses.size(), 100);
  std::set<std::pair<std::size_t, std::int64_t>> found;
  std::vector<std::size_t> done(losses.size());
  std::set<std::size_t> open;
  for (std::size_t run = 0; run < losses.size(); ++run) open.insert(run);
  const RandomSequence random(order, RandomPurpose::sweep, 1);
  for (std::uint64_t step = 0; !open.empty(); ++step) {
    const std::size_t run =
        *std::next(open.begin(), static_cast<std::ptrdiff_t>(random.below(step, open.size())));
    if (done[run] < losses[run].size()) {
      hyperband.report(run, static_cast<std::int64_t>(done[run]) + 1, losses[run][done[run]]);
      ++done[run];
    } else {
      hyperband.ended(run);
      open.erase(run);
    }
    for (const auto& verdict : hyperband.decide())
      EXPECT_TRUE(found.insert({verdict.run, verdict.epoch}).second);
  }
  return found;
}

TEST(HyperbandTest, StopsARunThatIsWorseThanThoseBefore) {
  const EarlyTerminateOptions options{.min_iter = 1, .eta = 2};
  const Losses losses{{1, 1, 1}, {2, 2, 2}, {0.5, 3, 3}, {NAN, 0, 0}};
  // At epoch 1: 1 stays; 2 is above sorted(1, 2)[1]? No, it equals it. 0.5 stays, NaN is passed over.
  // At epoch 2, best so far: 1; 2 <= sorted(1, 2)[1]; 0.5 stays; 0 stays.
  EXPECT_TRUE(verdicts_of(losses, options, 0).empty());
  const EarlyTerminateOptions harsh{.min_iter = 1, .eta = 3};
  // 2 is above sorted(1, 2)[0] = 1.
  EXPECT_EQ(verdicts_of(losses, harsh, 0), (std::set<std::pair<std::size_t, std::int64_t>>{{1, 1}}));
  // Epoch 3 is a band; strict compares 3, not the best so far, 0.5, with sorted(1, 3)[0] = 1.
  const EarlyTerminateOptions strict{.min_iter = 1, .eta = 3, .strict = true};
  EXPECT_EQ(verdicts_of(losses, strict, 0), (std::set<std::pair<std::size_t, std::int64_t>>{{1, 1}, {2, 3}}));
}

TEST(HyperbandTest, VerdictsDoNotDependOnTheOrderOfReports) {
  std::size_t verdicts = 0;
  for (std::uint64_t trial = 0; trial < 20; ++trial) {
    const RandomSequence random(trial, RandomPurpose::sweep, 2);
    Losses losses(12);
    std::uint64_t draw = 0;
    for (auto& run : losses) {
      run.resize(random.below(draw++, 10));
      for (double& loss : run) loss = random.below(draw++, 9) == 0 ? NAN : random.uniform(draw++);
    }
    const EarlyTerminateOptions options{.min_iter = 2, .eta = 2, .strict = trial % 2 == 0};
    const auto expected = verdicts_of(losses, options, 0);
    verdicts += expected.size();
    for (std::uint64_t order = 1; order < 15; ++order)
      EXPECT_EQ(verdicts_of(losses, options, order), expected);
  }
  EXPECT_GT(verdicts, 20u);
}

}  // namespace
}  // namespace cellsweep::sweep
