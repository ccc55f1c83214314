#include "report/selection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "report/summary.h"

namespace cellsweep::report {
namespace {

ComparisonRow row(const std::string& id, const std::string& cell, const std::string& rate, double accuracy,
                  std::int64_t point = 0, const std::string& seed = "1") {
  ComparisonRow made;
  made.run_id = id;
  made.folder = "runs/s/" + id;
  made.point = point;
  made.cell = cell;
  made.state = RunState::finished;
  made.parameters = {{"model.cell", cell}, {"train.optimizer.learning_rate", rate}, {"train.seed", seed}};
  made.best_metric = made.best["val_accuracy"] = accuracy;
  made.seconds = 10 * accuracy;
  return made;
}

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
  EXPECT_EQ(
      to_csv(comparison),
      "run_id,sweep,cell,status,val_accuracy,last_val_accuracy,val_loss,last_val_loss,loss,accuracy,epochs,"
      "seconds,samples_per_second,reason,model.cell,train.optimizer.learning_rate,train.seed\r\n"
      "a,s,lstm,finished,0.5,,,,,,0,5,,\"it said \"\"no\"\", twice\nand ended\",lstm,0.1,1\r\n");
}

TEST(Points, HaveMeanAndDeviation) {
  Comparison comparison;
  comparison.rows = {row("a", "lstm", "1", 0.5, 0, "1"), row("b", "lstm", "1", 0.7, 0, "2"),
                     row("c", "gru", "1", 0.9, 1, "1"), row("d", "gru", "1", 0.1, 1, "2")};
  comparison.rows[3].state = RunState::failed;
  const auto points = summarise_points(comparison);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].run_ids, std::vector<std::string>{"c"});
  EXPECT_FALSE(points[0].deviation.has_value());
  EXPECT_NEAR(points[1].mean, 0.6, 1e-12);
  EXPECT_NEAR(*points[1].deviation, std::sqrt(0.02), 1e-12);
  EXPECT_EQ(points[1].parameters.size(), 2u);
}

TEST(Importance, IsTheShareOfTheVariance) {
  Comparison comparison;
  // The cell makes a difference of 0.2, the rate one of 0.1, and nothing else does: 0.8 and 0.2 of the
  // variance.
  comparison.rows = {row("a", "lstm", "1", 0.9), row("b", "lstm", "2", 0.8), row("c", "gru", "1", 0.7),
                     row("d", "gru", "2", 0.6)};
  const auto shares = importance(comparison);
  ASSERT_EQ(shares.size(), 2u);
  EXPECT_EQ(shares[0].first, "model.cell");
  EXPECT_NEAR(shares[0].second, 0.8, 1e-9);
  EXPECT_NEAR(shares[1].second, 0.2, 1e-9);
}

TEST(Importance, OfNumbersThatOccurOnceIsThatOfTheirRanks) {
  Comparison comparison;
  for (int i = 0; i < 6; ++i)
    comparison.rows.push_back(row(std::to_string(i), "lstm", std::to_string(0.1 * i), std::exp(-i)));
  const auto shares = importance(comparison);
  ASSERT_EQ(shares.size(), 1u);
  EXPECT_NEAR(shares[0].second, 1, 1e-12);
  comparison.rows.resize(3);
  EXPECT_TRUE(importance(comparison).empty());
}

}  // namespace
}  // namespace cellsweep::report
