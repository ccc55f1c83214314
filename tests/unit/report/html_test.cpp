#include "report/html.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "unit/report/hostile_comparison.h"
#include "unit/report/rows.h"

namespace cellsweep::report {
namespace {

namespace fs = std::filesystem;

TEST(ForeignText, DoesNotReachThePage) {
  const fs::path folder = fs::temp_directory_path() / ("cellsweep_page_" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "config.yaml")
      << "metrics: {pushgateway: {address: 'http://me:hunter2@gw'}}  # \u202e\x1b\n";
  Comparison comparison = hostile_comparison();
  for (ComparisonRow& row : comparison.rows) row.folder = folder;
  const std::string page = to_html(
      comparison, {.run = hostile, .counts = {}, .reason = hostile, .names = {hostile}}, {{hostile, 1}});
  const std::size_t begin = page.find("id=\"data\">"), end = page.find("</script>", begin);
  ASSERT_NE(begin, std::string::npos);
  const std::string data = page.substr(begin + 10, end - begin - 10);
  const auto json = nlohmann::json::parse(data);
  EXPECT_EQ(json["runs"].size(), 4u);
  EXPECT_EQ(data.find('<'), std::string::npos);
  expect_nothing_raw(json.dump());
  EXPECT_EQ(json.dump().find("\\u001b"), std::string::npos);
  EXPECT_EQ(data.find("hunter2"), std::string::npos);
  EXPECT_NE(data.find("http://***@gw"), std::string::npos);
  fs::remove_all(folder);
}

TEST(Page, DistinguishesTheRunsOfSeveralSweeps) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "1", 0.5), row("a", "lstm", "1", 0.7)};
  comparison.rows[1].sweep_folder = "array_2";
  comparison.has_several_sweeps = true;
  comparison.rows[1].parameters.emplace_back("train.optimizer.name", "adam");
  const std::string page = to_html(comparison, {}, {});
  const std::size_t begin = page.find("id=\"data\">") + 10;
  const auto json = nlohmann::json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  EXPECT_EQ(json["runs"][0]["name"], "runs/s/a");
  EXPECT_EQ(json["runs"][1]["name"], "array_2/a");
  EXPECT_EQ(json["headings"]["train.optimizer.name"], "optimizer.name");
}

}  // namespace
}  // namespace cellsweep::report
