// A sweep whose ledger holds what a terminal, a spreadsheet or a browser would execute.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "report/comparison.h"

namespace cellsweep::report {

inline const std::string hostile = "\x1b]52;c;eA==\x07\u009b31m\u0085\u202e\u2066\x7f</script><img src=x>";
inline const std::vector<std::string> raw{"\x1b",   "\x07",   "\u009b", "\u0085",
                                          "\u202e", "\u2066", "\x7f",   "\r"};

inline Comparison hostile_comparison() {
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

inline void expect_nothing_raw(const std::string& text) {
  for (const std::string& each : raw) EXPECT_EQ(text.find(each), std::string::npos) << text;
}

}  // namespace cellsweep::report
