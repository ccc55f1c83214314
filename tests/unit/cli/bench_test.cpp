#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "comm/agreement.h"
#include "unit/cli/call.h"
#include "unit/temporary_folder.h"

namespace cellsweep::cli {
namespace {

constexpr const char* tiny =
    "data: {format: synthetic, synthetic: {length: 4, train_samples: 32, validation_samples: 8}}\n"
    "train: {loss: mse, batch_size: 8}\nmodel: {hidden_size: 4}\n";

TEST(Bench, GivesAnObjectALineForEachRun) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml") << tiny << "sweep: {parameters: {model.cell: {values: [gru, lstm]}}}\n";
  const CallResult result = call({"bench", folder / "a.yaml", "--json", "--steps", "3"});
  EXPECT_EQ(result.code, ExitCode::done);
  std::istringstream lines(result.out);
  std::string cells;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    cells += json.at("cell").get<std::string>() + " ";
    EXPECT_EQ(json.at("steps"), 3);
    EXPECT_GT(json.at("ms_per_step"), 0);
  }
  EXPECT_EQ(cells, "gru lstm ");
}

TEST(Bench, BlocksAreOfOneRun) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.yaml") << tiny << "sweep: {parameters: {model.cell: {values: [gru, lstm]}}}\n";
  EXPECT_THROW(call({"bench", folder / "a.yaml", "--blocks"}), comm::CollectiveError);
}

}  // namespace
}  // namespace cellsweep::cli
