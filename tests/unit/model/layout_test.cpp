#include "model/layout.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "unit/model/mnist.h"

namespace cellsweep::model {
namespace {

TEST(Layout, CountsParametersAsKeras) {
  const std::pair<Cell, std::int64_t> cases[] = {
      {Cell::simple_rnn, 6730}, {Cell::lstm, 24586}, {Cell::gru, 18826}};
  for (const auto& [cell, trainable] : cases) {
    const Layout layout = make_layout(with_cell(cell), mnist);
    EXPECT_EQ(layout.trainable_size, trainable);
    EXPECT_EQ(layout.moving_statistics_size, 128);
  }
}

TEST(Layout, NamesLayersAndDirections) {
  ModelOptions options = with_cell(Cell::gru);
  options.layers = 2;
  options.bidirectional = true;
  const Layout layout = make_layout(options, mnist);
  EXPECT_EQ(layout.find("rnn.forward.kernel")->shape, (std::vector<std::int64_t>{28, 192}));
  EXPECT_EQ(layout.find("rnn_1.backward.kernel")->shape, (std::vector<std::int64_t>{128, 192}));
  EXPECT_EQ(layout.find("rnn_1.backward.bias")->shape, (std::vector<std::int64_t>{2, 192}));
  EXPECT_EQ(layout.find("dense.kernel")->shape, (std::vector<std::int64_t>{128, 10}));
  EXPECT_EQ(layout.find("rnn.kernel"), nullptr);
  std::int64_t end = 0;
  for (const Weight& weight : layout.trainable) {
    EXPECT_EQ(weight.offset, end);
    end += weight.size;
  }
  EXPECT_EQ(end, layout.trainable_size);
}

}  // namespace
}  // namespace cellsweep::model
