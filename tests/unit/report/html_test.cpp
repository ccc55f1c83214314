#include "report/html.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "unit/report/hostile_comparison.h"

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
