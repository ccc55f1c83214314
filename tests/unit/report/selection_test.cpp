#include "report/selection.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "unit/report/hostile_comparison.h"
#include "unit/report/rows.h"

namespace cellsweep::report {
namespace {

std::string ids(const Comparison& comparison) {
  std::string text;
  for (const ComparisonRow& each : comparison.rows) text += each.run_id;
  return text;
}

Comparison usual() {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "0.1", 0.9), row("b", "gru", "1e-2", 0.7), row("c", "gru", "0.5", 0.8)};
  comparison.rows.push_back(row("d", "lstm", "null", 0));
  comparison.rows.back().best.erase("val_accuracy");
  comparison.rows.back().state = RunState::failed;
  return comparison;
}

TEST(Filter, TakesEveryOperator) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "abcd"},
      {{"model.cell=gru"}, "bc"},
      {{"model.cell!=gru"}, "ad"},
      {{"train.optimizer.learning_rate<0.1"}, "b"},
      {{"train.optimizer.learning_rate<=0.10"}, "ab"},
      {{"train.optimizer.learning_rate=0.01"}, "b"},
      {{"val_accuracy>0.8"}, "a"},
      {{"val_accuracy>=0.8"}, "ac"},
      {{"status=finished", "cell=gru", "seconds<7.5"}, "b"}};
  for (const auto& [filters, expected] : cases) {
    Comparison comparison = usual();
    filter(comparison, filters);
    EXPECT_EQ(ids(comparison), expected);
  }
}

TEST(Filter, CountsTheSweepsThatAreLeft) {
  Comparison comparison = usual();
  comparison.rows[0].sweep_folder = "array_2";
  filter(comparison, {"val_accuracy>=0.7"});
  EXPECT_TRUE(comparison.has_several_sweeps);
  filter(comparison, {"model.cell=gru"});
  EXPECT_FALSE(comparison.has_several_sweeps);
}

TEST(Filter, RefusesWhatItCannotRead) {
  for (const char* text : {"model.cell", "=gru", "model.cell=", "model.cell!gru", "model.sell=gru"}) {
    Comparison comparison = usual();
    EXPECT_THROW(filter(comparison, {text}), UserError) << text;
    EXPECT_EQ(ids(comparison), "abcd");
  }
}

TEST(Filter, RefusesAnAccuracyThatNoRunHas) {
  Comparison comparison = usual();
  for (ComparisonRow& each : comparison.rows) {
    each.best = {{"val_loss", 0.5}};
    each.epochs = 1;
  }
  const Comparison before = comparison;
  for (const char* name : {"val_accuracy", "last_val_accuracy", "accuracy"}) {
    EXPECT_THROW(filter(comparison, {std::string(name) + ">0.5"}), UserError) << name;
    EXPECT_THROW(sort(comparison, std::string("-") + name), UserError) << name;
  }
  EXPECT_EQ(ids(comparison), ids(before));
  sort(comparison, "val_loss");
  for (ComparisonRow& each : comparison.rows) each.epochs = 0;
  sort(comparison, "val_accuracy");
  EXPECT_EQ(ids(comparison), ids(before)) << "nobody knows yet";
}

TEST(Sort, OrdersNumbersAsNumbersAndPutsTheUnsetLast) {
  const std::pair<const char*, const char*> cases[] = {{"val_accuracy", "bcad"},
                                                       {"-val_accuracy", "acbd"},
                                                       {"train.optimizer.learning_rate", "bacd"},
                                                       {"run_id", "abcd"},
                                                       {"-run_id", "dcba"}};
  for (const auto& [name, expected] : cases) {
    Comparison comparison = usual();
    sort(comparison, name);
    EXPECT_EQ(ids(comparison), expected) << name;
  }
  Comparison comparison = usual();
  EXPECT_THROW(sort(comparison, "-nothing"), UserError);
}

TEST(Csv, QuotesWhatNeedsIt) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "0.1", 0.5)};
  comparison.rows[0].reason = "it said \"no\", twice\nand ended";
  comparison.rows[0].sweep = "s";
  EXPECT_EQ(to_csv(comparison),
            "run_id,sweep,folder,cell,status,val_accuracy,last_val_accuracy,val_loss,last_val_loss,loss,"
            "accuracy,epochs,"
            "seconds,samples_per_second,reason,model.cell,train.optimizer.learning_rate,train.seed\r\n"
            "a,s,runs/s,lstm,finished,0.5,,,,,,0,5,,\"it said \"\"no\"\", twice\nand ended\",lstm,0.1,1\r\n");
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

}  // namespace
}  // namespace cellsweep::report
