// The list of a file's runs.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "unit/cli/call.h"
#include "unit/temporary_folder.h"

namespace cellsweep::cli {
namespace {

class PlanTest : public testing::Test {
 protected:
  CallResult plan(const std::string& text, std::vector<std::string> more = {}) {
    std::ofstream(folder_ / "a.yaml") << text;
    more.insert(more.begin(), {"plan", folder_ / "a.yaml"});
    return call(more);
  }
  TemporaryFolder folder_;
};

TEST_F(PlanTest, HasALineEachRunWithItsValuesAndSizes) {
  const CallResult result = plan(
      "data: {format: synthetic, synthetic: {length: 10, train_samples: 100, validation_samples: 10}}\n"
      "train: {loss: mse}\n"
      "sweep: {parameters: {model.cell: {values: [gru, lstm]}}}\n");
  EXPECT_EQ(result.code, ExitCode::done);
  EXPECT_TRUE(result.out.starts_with("001-gru  model.cell=gru  (")) << result.out;
  EXPECT_NE(result.out.find("\n002-lstm  model.cell=lstm  ("), std::string::npos) << result.out;
  EXPECT_NE(result.out.find(" parameters, "), std::string::npos) << result.out;
  EXPECT_TRUE(result.out.ends_with("\n2 runs\n")) << result.out;
}

TEST_F(PlanTest, ASearchHasMoreRunsThanItBeginsWith) {
  const CallResult result = plan(
      "data: {directory: /none}\n"
      "sweep: {method: bayes, run_cap: 30, parameters: {model.dropout: {min: 0.1, max: 0.5}}}\n");
  EXPECT_NE(result.out.find(" more, which the search will choose as it goes\n"), std::string::npos)
      << result.out;
  EXPECT_TRUE(result.out.ends_with("\n30 runs\n")) << result.out;
  EXPECT_NE(result.err.find("sizes of runs are not known: "), std::string::npos) << result.err;
  EXPECT_EQ(result.err.find("sizes of runs", result.err.find("sizes of runs") + 1), std::string::npos)
      << "once: " << result.err;
}

TEST_F(PlanTest, SuggestsRenamesForForeignNames) {
  const CallResult result = plan("sweep: {parameters: {lr: {values: [0.1, 0.2]}}}\n", {"--suggest-map"});
  EXPECT_EQ(result.code, ExitCode::done);
  EXPECT_NE(result.out.find("--map lr=train.optimizer.learning_rate"), std::string::npos) << result.out;
}

}  // namespace
}  // namespace cellsweep::cli
