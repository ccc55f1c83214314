// Reports of a sweep whose ledger holds what a terminal, a spreadsheet or a browser would obey.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "report/comparison.h"
#include "report/html.h"
#include "report/selection.h"
#include "report/table.h"

namespace cellsweep::report {
namespace {

namespace fs = std::filesystem;

const std::string hostile = "\x1b]52;c;eA==\x07\u009b31m\u0085\u202e\u2066\x7f</script><img src=x>";
const std::vector<std::string> raw{"\x1b", "\x07", "\u009b", "\u0085", "\u202e", "\u2066", "\x7f", "\r"};

Comparison hostile_comparison() {
  ComparisonRow row;
  row.run_id = "run" + hostile;
  row.sweep = hostile;
  row.cell = hostile;
  row.state = RunState::failed;
  row.reason = hostile + "\n002-gru  finished";
  row.parameters = {{"key" + hostile, hostile + "\r\n"}, {"model.cell", "gru"}};
  ComparisonRow other = row;
  other.run_id = "002";
  other.sweep = "s";
  Comparison comparison;
  comparison.metric.name = "val" + hostile;
  for (int i = 0; i < 4; ++i) {
    comparison.rows.push_back(i % 2 == 0 ? row : other);
    comparison.rows.back().state = RunState::finished;
    comparison.rows.back().best_metric = i;
  }
  return comparison;
}

void expect_nothing_raw(const std::string& text) {
  for (const std::string& each : raw) EXPECT_EQ(text.find(each), std::string::npos) << text;
}

TEST(ForeignText, DoesNotReachTheTable) {
  const std::string table = to_table(hostile_comparison());
  expect_nothing_raw(table);
  EXPECT_EQ(table.find("\n002-gru"), std::string::npos) << "a reason looks like a row";
  EXPECT_NE(table.find("    002-gru  finished"), std::string::npos) << table;
}

TEST(ForeignText, DoesNotReachJsonOnATerminalAndIsReadBack) {
  const std::string json = to_json(hostile_comparison());
  expect_nothing_raw(json);
  EXPECT_EQ(nlohmann::json::parse(json)["runs"][0]["run_id"], "run" + hostile);
}

TEST(ForeignText, DoesNotReachCsv) {
  std::string csv = to_csv(hostile_comparison());
  for (std::size_t at; (at = csv.find("\r\n")) != std::string::npos;) csv.erase(at, 1);  // what ends a row
  expect_nothing_raw(csv);
}

TEST(ForeignText, IsNoFormulaInASpreadsheet) {
  Comparison comparison;
  comparison.rows.emplace_back();
  for (const char* value :
       {"=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "-0.5", "+1e-3", "-", "a=b"})
    comparison.rows.front().parameters.emplace_back(std::string("=key") + value, value);
  const std::string csv = to_csv(comparison);
  for (const char* cell : {",'=1+1", ",'+cmd|' /C calc'!A0", ",'-2+3", ",'@SUM(A1)", ",'\tx", ",-0.5",
                           ",+1e-3", ",'-,", ",a=b", ",'=key-2+3"})
    EXPECT_NE((csv + ",").find(cell), std::string::npos) << cell << "\n" << csv;
}

TEST(ForeignText, DoesNotReachThePage) {
  const fs::path folder = fs::temp_directory_path() / ("cellsweep_page_" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ofstream(folder / "config.yaml")
      << "metrics: {pushgateway: {address: 'http://me:hunter2@gw'}}  # \u202e\x1b\n";
  Comparison comparison = hostile_comparison();
  for (ComparisonRow& row : comparison.rows) row.folder = folder;
  const std::string page = to_html(
      comparison, {.run_id = hostile, .counts = {}, .reason = hostile, .names = {hostile}}, {{hostile, 1}});
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

}  // namespace
}  // namespace cellsweep::report
