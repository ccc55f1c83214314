#include "base/file_names.h"

#include <gtest/gtest.h>

namespace cellsweep {
namespace {

// Folders that exist have these names.
TEST(FileNames, AreThoseOfEveryVersion) {
  EXPECT_EQ(file_names::sweep_config, "sweep.yaml");
  EXPECT_EQ(file_names::ledger, "ledger.jsonl");
  EXPECT_EQ(file_names::owner, "owner.json");
  EXPECT_EQ(file_names::run_config, "config.yaml");
  EXPECT_EQ(file_names::history, "history.jsonl");
  EXPECT_EQ(file_names::weights, "weights.safetensors");
  EXPECT_EQ(file_names::metrics, "metrics.om");
  EXPECT_EQ(file_names::rotated_metrics(12), "metrics-12.om");
  EXPECT_EQ(file_names::checkpoints, "checkpoint");
  EXPECT_EQ(file_names::best_checkpoint, "best.safetensors");
  EXPECT_EQ(file_names::step_checkpoint(1876), "step-0000001876.safetensors");
}

TEST(FileNames, GiveTheStepsOfACheckpoint) {
  for (const std::int64_t step : {std::int64_t{0}, std::int64_t{1876}, std::int64_t{12345678901}})
    EXPECT_EQ(file_names::step_of_checkpoint(file_names::step_checkpoint(step)), step);
  for (const char* other :
       {"", "step-", "step-1876.safetensors", "step-0000001876.safetensors.partial-abcdef",
        "step--000000001.safetensors", "step-000000001x.safetensors", "best.safetensors",
        "step-99999999999999999999.safetensors"})
    EXPECT_EQ(file_names::step_of_checkpoint(other), std::nullopt) << other;
}

TEST(FileNames, TellResultsFromWhatAPersonPutThere) {
  for (const char* result :
       {"history.jsonl", "weights.safetensors", "metrics.om", "metrics-1.om", "metrics-12.om"}) {
    EXPECT_TRUE(file_names::is_run_result(result)) << result;
    EXPECT_TRUE(file_names::is_run_file(result)) << result;
  }
  EXPECT_FALSE(file_names::is_run_result("config.yaml"));
  EXPECT_TRUE(file_names::is_run_file("config.yaml"));
  for (const char* other :
       {"", "notes", "metrics-.om", "metrics-1x.om", "metrics", ".om", "my-metrics.om", "sweep.yaml"})
    EXPECT_FALSE(file_names::is_run_file(other)) << other;
}

// A ledger is locked before anything else is written, and never renamed into its place.
TEST(FileNames, TellWhatASweepMayHaveBegunToWrite) {
  EXPECT_TRUE(file_names::is_sweep_file("sweep.yaml"));
  EXPECT_TRUE(file_names::is_sweep_file("owner.json"));
  EXPECT_FALSE(file_names::is_sweep_file("ledger.jsonl"));
  EXPECT_FALSE(file_names::is_sweep_file("config.yaml"));
}

}  // namespace
}  // namespace cellsweep
