#include "job/differing_parameters.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "report/names.h"
#include "unit/temporary_folder.h"

namespace cellsweep::job {
namespace {

using Parameters = std::map<std::string, std::string>;

class DifferingParametersTest : public testing::Test {
 protected:
  // A run of the sweep in that folder, which has the config unless it is empty.
  void add_run(const std::string& sweep, const std::string& config,
               std::vector<std::pair<std::string, std::string>> parameters = {}) {
    std::filesystem::create_directories(folder_ / sweep);
    if (!config.empty()) std::ofstream(folder_ / sweep + "/sweep.yaml") << config;
    report::ComparisonRow& row = comparison_.rows.emplace_back();
    row.sweep_folder = sweep;
    row.folder = folder_ / sweep + "/001";
    row.parameters = std::move(parameters);
    comparison_.has_several_sweeps = report::spans_several_sweeps(comparison_.rows);
  }
  Parameters parameters(std::size_t row) {
    const auto& all = comparison_.rows[row].parameters;
    return {all.begin(), all.end()};
  }

  TemporaryFolder folder_;
  report::Comparison comparison_;
};

TEST_F(DifferingParametersTest, AreThoseThatASweepMayVary) {
  add_run("1", "name: a\ntrain: {seed: 1, epochs: 3}\noutput: {directory: x}\ncheckpoint: {keep: 2}\n");
  add_run("2", "name: b\ntrain: {seed: 2, epochs: 3}\noutput: {directory: y}\ncheckpoint: {keep: 3}\n");
  add_differing_parameters(comparison_);
  EXPECT_EQ(parameters(0), (Parameters{{"train.seed", "1"}}));
  EXPECT_EQ(parameters(1), (Parameters{{"train.seed", "2"}}));
}

TEST_F(DifferingParametersTest, FillInWhatOnlyTheOtherSweepVaries) {
  const std::string optimizers =
      "sweep: {parameters: {train.optimizer.name: {values: [adam, sgd]}, train.optimizer.momentum: "
      "{values: [0.5, 0.9]}}, conditions: {train.optimizer.momentum: {train.optimizer.name: [sgd]}}}\n";
  add_run("1", optimizers, {{"train.optimizer.name", "adam"}});
  add_run("1", optimizers, {{"train.optimizer.name", "sgd"}, {"train.optimizer.momentum", "0.5"}});
  add_run("2", "train: {optimizer: {name: sgd, momentum: 0.25}}\n");
  add_differing_parameters(comparison_);
  EXPECT_EQ(parameters(0), (Parameters{{"train.optimizer.name", "adam"}})) << "the condition does not hold";
  EXPECT_EQ(parameters(2),
            (Parameters{{"train.optimizer.name", "sgd"}, {"train.optimizer.momentum", "0.25"}}));
}

TEST_F(DifferingParametersTest, OfOneSweepThereAreNone) {
  add_run("1", "train: {seed: 1}\n", {{"model.cell", "gru"}});
  add_run("1", "train: {seed: 1}\n");
  add_differing_parameters(comparison_);
  EXPECT_EQ(parameters(1), Parameters{});
}

TEST_F(DifferingParametersTest, AConfigThatCannotBeReadTakesNoPart) {
  add_run("1", "train: {seed: 1}\n");
  add_run("2", "");
  add_run("3", "train: {seed: [");
  add_run("4", "train: {seed: 4}\n");
  add_differing_parameters(comparison_);
  EXPECT_EQ(parameters(0), (Parameters{{"train.seed", "1"}}));
  for (const std::size_t row : {1, 2}) EXPECT_EQ(parameters(row), Parameters{});
  EXPECT_EQ(parameters(3), (Parameters{{"train.seed", "4"}}));
}

}  // namespace
}  // namespace cellsweep::job
