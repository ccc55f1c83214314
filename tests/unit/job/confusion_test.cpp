// What the report page shows of the best run.
#include "job/confusion.h"

#include <gtest/gtest.h>

#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "job/compute.h"
#include "model/weights_file.h"
#include "unit/temporary_folder.h"

namespace cellsweep::job {
namespace {

constexpr const char* copy_memory =
    "data: {format: synthetic, synthetic: {task: copy_memory, length: 3, classes: 4, train_samples: 40, "
    "validation_samples: 50}}\nmodel: {hidden_size: 5, cell: gru}\n";

class ConfusionTest : public testing::Test {
 protected:
  ConfusionTest() {
    report::ComparisonRow& row = comparison_.rows.emplace_back();
    row.run_id = "001";
    row.folder = folder_.path();
    row.state = RunState::finished;
    row.best_metric = 0.5;
  }
  void write_config(const std::string& text) { std::ofstream(folder_ / "config.yaml") << text; }
  std::string reason() const {
    const report::Confusion confusion = confusion_matrix_of_best(comparison_);
    EXPECT_TRUE(confusion.counts.empty());
    return confusion.reason;
  }

  TemporaryFolder folder_;
  report::Comparison comparison_;
};

TEST_F(ConfusionTest, HasEachValidationSampleOnceInTheRowOfItsClass) {
  write_config(copy_memory);
  const config::Config config = config::parse_config(copy_memory, "f");
  const data::Splits splits = data::load_splits(config.data);
  const auto self = comm::make_self_communicator();
  const auto network = make_run_network(config, splits, 1, *self);
  model::write_weights(folder_ / "weights.safetensors", network->layout(), network->parameters(),
                       network->moving_statistics());
  const report::Confusion confusion = confusion_matrix_of_best(comparison_);
  EXPECT_EQ(confusion.reason, "");
  std::vector<std::int64_t> of_class(4);
  for (const std::int32_t label : splits.validation.labels) ++of_class[static_cast<std::size_t>(label)];
  ASSERT_EQ(confusion.counts.size(), 4u);
  for (std::size_t row = 0; row < 4; ++row)
    EXPECT_EQ(std::accumulate(confusion.counts[row].begin(), confusion.counts[row].end(), std::int64_t{0}),
              of_class[row]);
}

TEST_F(ConfusionTest, HasAReasonIfThereIsNone) {
  EXPECT_NE(reason().find("config.yaml"), std::string::npos) << reason();
  write_config("data: {format: synthetic}\ntrain: {loss: mse}\n");
  EXPECT_EQ(reason(), "it is a regression");
  write_config(copy_memory);
  EXPECT_NE(reason().find("weights.safetensors"), std::string::npos) << reason();
  comparison_.rows[0].state = RunState::failed;
  EXPECT_EQ(reason(), "no run has finished");
}

TEST_F(ConfusionTest, ParametersAreCountedWhereConfigAndDataAreAtHand) {
  write_config(copy_memory);
  comparison_.rows.push_back(comparison_.rows[0]);
  comparison_.rows.back().run_id = "002";
  comparison_.rows.back().folder = "/none";
  const auto counts = count_parameters(comparison_);
  ASSERT_EQ(counts.size(), 1u);
  // Keras: 3 * 5 * (5 + 5 + 2) of the GRU, 2 * 5 of the normalisation, 4 * (5 + 1) of the dense layer.
  EXPECT_EQ(counts.at("001"), 180 + 10 + 24);
}

}  // namespace
}  // namespace cellsweep::job
