#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "unit/cli/call.h"
#include "unit/temporary_folder.h"

namespace cellsweep::cli {
namespace {

TEST(Summary, HasATableForEachDistinctModel) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml")
      << "data: {format: synthetic, synthetic: {length: 10, train_samples: 100, validation_samples: 10}}\n"
         "train: {loss: mse}\n"
         "sweep: {parameters: {model.cell: {values: [gru, lstm]}, train.epochs: {values: [1, 2]}}}\n";
  const std::string out = call({"summary", folder / "a.yaml"}).out;
  std::size_t tables = 0;
  for (std::size_t at = 0; (at = out.find("Total params: ", at)) != std::string::npos; ++at) ++tables;
  EXPECT_EQ(tables, 2u) << out;
  EXPECT_LT(out.find("(GRU)"), out.find("(LSTM)"));
}

}  // namespace
}  // namespace cellsweep::cli
