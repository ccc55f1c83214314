#include "metrics/history.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

#include "base/error.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

namespace fs = std::filesystem;

class HistoryTest : public testing::Test {
 protected:
  ~HistoryTest() override { fs::remove(path_); }
  std::string content() {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  fs::path path_ = fs::temp_directory_path() / ("cellsweep_history_" + std::to_string(getpid()) + ".jsonl");
};

TEST_F(HistoryTest, WritesKerasNames) {
  auto report = guide_epoch();
  report.metrics.erase("accuracy");
  report.metrics["val_loss"] = NAN;
  HistoryWriter writer(path_, {});
  writer.on_epoch_end(report);
  EXPECT_EQ(
      content(),
      R"({"epoch":1,"step":938,"loss":0.9472,"val_loss":null,"val_accuracy":0.7999,"learning_rate":0.01,)"
      R"("seconds":5.25,"samples_per_second":12000.0})"
      "\n");
}

TEST_F(HistoryTest, GivesBackEveryBit) {
  auto report = guide_epoch();
  report.metrics["loss"] = 0.1 + 0.2;
  report.metrics["accuracy"] = std::numeric_limits<double>::denorm_min();
  report.metrics["val_loss"] = std::numeric_limits<double>::infinity();
  report.metrics.erase("val_accuracy");
  HistoryWriter(path_, {}).on_epoch_end(report);
  HistoryWriter(path_, read_history(path_)).on_epoch_end(guide_epoch());
  const auto epochs = read_history(path_);
  ASSERT_EQ(epochs.size(), 2u);
  EXPECT_EQ(epochs[0].metrics.find("loss"), 0.1 + 0.2);
  EXPECT_EQ(epochs[0].metrics.find("accuracy"), std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::isnan(epochs[0].metrics.find("val_loss").value()));
  EXPECT_FALSE(epochs[0].metrics.find("val_accuracy"));
  EXPECT_EQ(epochs[1].step, 938);
  EXPECT_EQ(epochs[1].metrics, guide_epoch().metrics) << "in their order";
  EXPECT_EQ(epochs[1].samples_per_second, 12000);
}

// What the program does not know, such as a newer version's metric, stays.
TEST_F(HistoryTest, KeepsAnyMetricInItsPlace) {
  auto report = guide_epoch();
  report.metrics["val_of_another_version"] = 7;
  HistoryWriter(path_, {}).on_epoch_end(report);
  const std::string line = content();
  EXPECT_NE(line.find(R"("val_accuracy":0.7999,"val_of_another_version":7.0,"learning_rate")"),
            std::string::npos)
      << line;
  HistoryWriter(path_, read_history(path_));
  EXPECT_EQ(content(), line);
}

TEST_F(HistoryTest, PassesOverACutOffEndOnly) {
  HistoryWriter(path_, {}).on_epoch_end(guide_epoch());
  const std::string line = content();
  std::ofstream(path_, std::ios::app) << line.substr(0, line.size() / 2);
  EXPECT_EQ(read_history(path_).size(), 1u);
  std::ofstream(path_, std::ios::app) << "\n" << line;
  try {
    read_history(path_);
    FAIL() << "took a broken line";
  } catch (const UserError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with(path_.string() + ":2: ")) << error.what();
  }
}

}  // namespace
}  // namespace cellsweep::metrics
