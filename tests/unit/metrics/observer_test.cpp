#include "metrics/observer.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "unit/metrics/metrics_reports.h"

namespace cellsweep::metrics {
namespace {

struct Throwing : Observer {
  std::string name() const override { return "thrower"; }
  void on_step(const StepReport&) override {
    ++calls;
    throw Error("disk full");
  }
  int calls = 0;
};

struct Counting : Observer {
  std::string name() const override { return "counter"; }
  void on_run_begin(const RunInfo&) override { seen += "b"; }
  void on_step(const StepReport&) override { seen += "s"; }
  void on_epoch_end(const EpochReport&) override { seen += "e"; }
  void on_run_end(const RunSummary&) override { seen += "r"; }
  std::string seen;
};

TEST(ObserverList, OneThatThrowsIsWarnedAboutOnceAndLeftOut) {
  const LogCapture log;
  Throwing throwing;
  Counting counting;
  ObserverList list;
  list.add(throwing);
  list.add(counting);
  list.on_run_begin({});
  list.on_step({});
  list.on_step({});
  list.on_epoch_end({});
  list.on_run_end({});
  EXPECT_EQ(throwing.calls, 1);
  EXPECT_EQ(counting.seen, "bsser");
  EXPECT_EQ(log.text(), "warning: thrower stopped, the run continues: disk full\n");
}

}  // namespace
}  // namespace cellsweep::metrics
