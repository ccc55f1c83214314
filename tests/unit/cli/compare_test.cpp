#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "sweep/ledger.h"
#include "unit/cli/call.h"
#include "unit/temporary_folder.h"

namespace cellsweep::cli {
namespace {

class CompareTest : public testing::Test {
 protected:
  CompareTest() {
    sweep::Ledger ledger(folder_ / "ledger.jsonl");
    ledger.planned("cells", {},
                   {{"001-gru", {{"model.cell", "gru"}}, 0}, {"002-lstm", {{"model.cell", "lstm"}}, 1}});
  }
  CallResult compare(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"compare", folder_.path()});
    return call(more);
  }
  TemporaryFolder folder_;
};

TEST_F(CompareTest, PrintsATableOrJsonOrCsv) {
  EXPECT_NE(compare().out.find("\n002-lstm"), std::string::npos);
  EXPECT_TRUE(compare({"--json"}).out.starts_with("{"));
  EXPECT_TRUE(compare({"--csv"}).out.starts_with("run_id,"));
  EXPECT_EQ(compare({"--csv", "--json"}).code, ExitCode::bad_input);
}

TEST_F(CompareTest, TakesFilters) {
  const std::string out = compare({"--filter", "model.cell=gru"}).out;
  EXPECT_NE(out.find("001-gru"), std::string::npos);
  EXPECT_EQ(out.find("002-lstm"), std::string::npos);
}

TEST_F(CompareTest, WritesAPage) {
  const CallResult result = compare({"--html", folder_ / "report.html"});
  EXPECT_EQ(result.out, "the report is in " + (folder_ / "report.html") + "\n");
  EXPECT_GT(std::filesystem::file_size(folder_ / "report.html"), 1000u);
}

}  // namespace
}  // namespace cellsweep::cli
